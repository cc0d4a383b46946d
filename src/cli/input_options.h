// Options that say how the input is written.
#pragma once

#include <string>

#include "cli/options.h"
#include "onceload/csv/dialect.h"
#include "onceload/csv/dialect_guess.h"
#include "onceload/csv/source_file.h"

namespace onceload {

// --delimiter, --quote, --quoting, --escape, --comment, --trim, --skip-lines, --no-header,
// --columns, --null, --encoding, --record-bytes-max.
void AddInputOptions(cxxopts::Options& options);

// Throws Error(kUsage) for what contradicts itself.
Dialect DialectOf(const cxxopts::ParseResult& parsed);

// --encoding.
Encoding EncodingOf(const cxxopts::ParseResult& parsed);

// --record-bytes-max.
std::uint64_t RecordBytesMaxOf(const cxxopts::ParseResult& parsed);

// Does the command line say anything of the dialect?
bool HasDialect(const cxxopts::ParseResult& parsed);

// The first flag that was given and says something other than `dialect`; empty: none.
std::string FlagAgainst(const cxxopts::ParseResult& parsed, const Dialect& dialect);

// The guess's flags as the shell would have to read them: "--delimiter ';' --type price=number".
std::string FlagsLine(const DialectGuess& guess);

}  // namespace onceload
