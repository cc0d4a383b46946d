// Command-line options shared by subcommands. cxxopts is used in src/cli only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <cxxopts.hpp>

#include "cli/commands.h"
#include "onceload/encode/row_encoder.h"
#include "onceload/kafka/client_config.h"

namespace onceload {

// -b, -X, --command-config.
void AddConnectionOptions(cxxopts::Options& options);
// From the options and KAFKA_BOOTSTRAP_SERVERS. Throws Error(kUsage) if there is no broker.
ClientConfig ConnectionOf(const cxxopts::ParseResult& parsed);
bool HasConnection(const cxxopts::ParseResult& parsed);

// --key, --format, --type.
void AddEncodeOptions(cxxopts::Options& options);
EncodeOptions EncodeOptionsOf(const cxxopts::ParseResult& parsed);

// --state.
void AddStateOption(cxxopts::Options& options);
std::string StatePathOf(const cxxopts::ParseResult& parsed);

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

// `<topic>/<file's name>` unless --name says otherwise.
std::string LoadNameOf(const cxxopts::ParseResult& parsed, const std::string& topic,
                       const std::string& file);

}  // namespace onceload
