// Command-line options shared by subcommands. cxxopts is used in src/cli only.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

// A repeatable option is a list; a value with a comma is one value (file names, -X, patterns).
#define CXXOPTS_VECTOR_DELIMITER '\0'
#include <cxxopts.hpp>

#include "cli/commands.h"
#include "onceload/csv/record_reader.h"
#include "onceload/kafka/client_config.h"

namespace onceload {

// -b, -X, --command-config.
void AddConnectionOptions(cxxopts::Options& options);
// From the options and KAFKA_BOOTSTRAP_SERVERS. Throws Error(kUsage) if there is no broker.
ClientConfig ConnectionOf(const cxxopts::ParseResult& parsed);
bool HasConnection(const cxxopts::ParseResult& parsed);

// Throws Error(kUsage).
[[noreturn]] void Refuse(const std::string& what, const std::string& where,
                         const std::string& advice);

// "NAME=VALUE" at the first '='. Throws Error(kUsage) that shows `form`.
std::pair<std::string, std::string> SplitAssignment(const std::string& text,
                                                    const std::string& flag,
                                                    const std::string& form);

// --state.
void AddStateOption(cxxopts::Options& options);
std::string StatePathOf(const cxxopts::ParseResult& parsed);
// nullopt: there is no place for it.
std::optional<std::string> StatePathIfAny(const cxxopts::ParseResult& parsed);

// Parses; std::nullopt after --help, which has been printed. Throws Error(kUsage) for what is not
// understood, with the nearest flag.
std::optional<cxxopts::ParseResult> Parse(cxxopts::Options& options, const Arguments& arguments);

std::optional<std::string> Given(const cxxopts::ParseResult& parsed, const std::string& name);
// Throws Error(kUsage) that says what is missing.
std::string Required(const cxxopts::ParseResult& parsed, const std::string& name,
                     const std::string& meaning);

// A whole number >= `least`. Throws Error(kUsage).
std::uint64_t NumberOf(const cxxopts::ParseResult& parsed, const std::string& name,
                       std::uint64_t least);

}  // namespace onceload
