#include "cli/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "cli/process_limits.h"
#include "onceload/core/error.h"
#include "onceload/core/nearest_name.h"
#include "onceload/core/utf8.h"

namespace onceload {
namespace {

std::string EnvironmentOr(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

// The long flags a command knows, from its help groups.
std::vector<std::string> FlagsOf(const cxxopts::Options& options) {
  std::vector<std::string> flags;
  for (const std::string& group : options.groups()) {
    for (const cxxopts::HelpOptionDetails& detail : options.group_help(group).options) {
      for (const std::string& name : detail.l) flags.push_back(name);
    }
  }
  return flags;
}

// cxxopts only tells in prose which option it does not know; the flag is found by looking again.
std::string UnknownFlag(const Arguments& arguments, const std::vector<std::string>& flags) {
  for (const std::string& argument : arguments) {
    if (!argument.starts_with("--") || argument.size() == 2) continue;
    std::string name = argument.substr(2, argument.find('=') - 2);
    if (std::find(flags.begin(), flags.end(), name) == flags.end()) return name;
  }
  return {};
}

}  // namespace

void Refuse(const std::string& what, const std::string& where, const std::string& advice) {
  throw Error(ExitCode::kUsage, what, where, advice);
}

std::pair<std::string, std::string> SplitAssignment(const std::string& text,
                                                    const std::string& flag,
                                                    const std::string& form) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    Refuse(flag + " needs the form " + form, text, "for example " + flag + " " + form);
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void AddConnectionOptions(cxxopts::Options& options) {
  options.add_options("Connection")("b,bootstrap-server", "brokers (or KAFKA_BOOTSTRAP_SERVERS)",
                                    cxxopts::value<std::vector<std::string>>(), "HOST:PORT,...")(
      "X", "client property, librdkafka's or Java's name; repeatable",
      cxxopts::value<std::vector<std::string>>(),
      "NAME=VALUE")("command-config", "file of client properties (client.properties)",
                    cxxopts::value<std::string>(), "FILE");
}

bool HasConnection(const cxxopts::ParseResult& parsed) {
  return parsed.count("bootstrap-server") > 0 || parsed.count("command-config") > 0 ||
         !EnvironmentOr("KAFKA_BOOTSTRAP_SERVERS", "").empty();
}

ClientConfig ConnectionOf(const cxxopts::ParseResult& parsed) {
  ClientConfig config;
  if (const auto file = Given(parsed, "command-config")) config.LoadFile(*file);
  if (parsed.count("X") > 0) {
    for (const std::string& property : parsed["X"].as<std::vector<std::string>>()) {
      const auto [name, value] = SplitAssignment(property, "-X", "NAME=VALUE");
      config.Set(name, value, "-X");
    }
  }
  if (parsed.count("bootstrap-server") > 0) {
    std::string brokers;
    for (const auto& broker : parsed["bootstrap-server"].as<std::vector<std::string>>()) {
      brokers += (brokers.empty() ? "" : ",") + broker;
    }
    config.Set("bootstrap.servers", brokers, "--bootstrap-server");
  } else if (config.bootstrap().empty()) {
    const std::string brokers = EnvironmentOr("KAFKA_BOOTSTRAP_SERVERS", "");
    if (!brokers.empty()) config.Set("bootstrap.servers", brokers, "KAFKA_BOOTSTRAP_SERVERS");
  }
  if (config.bootstrap().empty()) {
    Refuse("no broker address", "", "give one with -b HOST:PORT or in KAFKA_BOOTSTRAP_SERVERS");
  }
  config.Finish();
  CheckProcessLimits();
  return config;
}

void AddStateOption(cxxopts::Options& options) {
  options.add_options("State")("state",
                               "ledger (SQLite); default $XDG_STATE_HOME/onceload/onceload.db",
                               cxxopts::value<std::string>(), "FILE");
}

std::optional<std::string> StatePathIfAny(const cxxopts::ParseResult& parsed) {
  if (const auto path = Given(parsed, "state")) return *path;
  const std::string home = EnvironmentOr("HOME", "");
  const std::string base =
      EnvironmentOr("XDG_STATE_HOME", home.empty() ? "" : home + "/.local/state");
  if (base.empty()) return std::nullopt;
  return base + "/onceload/onceload.db";
}

std::string StatePathOf(const cxxopts::ParseResult& parsed) {
  const std::optional<std::string> path = StatePathIfAny(parsed);
  if (!path) {
    Refuse("no place for the ledger: neither HOME nor XDG_STATE_HOME is set", "",
           "name one with --state FILE");
  }
  return *path;
}

namespace {

// Options whose values are paths, which are bytes, or hold them.
constexpr std::array<std::string_view, 9> kPathOptions{
    "file", "files-from", "include", "mapping", "state", "rejects", "spool", "command-config", "X"};

// Everything else goes into JSON: the progress record, the result, a message. Replaced there, it
// would come back as another name.
void CheckUtf8(const cxxopts::ParseResult& parsed) {
  for (const cxxopts::KeyValue& given : parsed.arguments()) {
    const bool path =
        std::find(kPathOptions.begin(), kPathOptions.end(), given.key()) != kPathOptions.end();
    if (!path && !IsUtf8(given.value())) {
      Refuse("--" + given.key() + " is not UTF-8", given.value(),
             "give it in UTF-8; the terminal's locale may be another one");
    }
  }
}

}  // namespace

std::optional<cxxopts::ParseResult> Parse(cxxopts::Options& options, const Arguments& arguments) {
  options.add_options("Other")("h,help", "this text");
  std::vector<const char*> words{"onceload"};
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  try {
    cxxopts::ParseResult parsed = options.parse(static_cast<int>(words.size()), words.data());
    if (parsed.count("help") > 0) {
      std::vector<std::string> groups = options.groups();
      std::erase(groups, "Hidden");
      std::cout << options.help(groups) << std::flush;
      return std::nullopt;
    }
    CheckUtf8(parsed);
    return parsed;
  } catch (const cxxopts::exceptions::exception& error) {
    const std::vector<std::string> flags = FlagsOf(options);
    const std::string unknown = UnknownFlag(arguments, flags);
    if (unknown.empty()) Refuse(error.what(), "", "--help lists the options");
    const std::string nearest = NearestName(unknown, flags);
    Refuse("unknown option --" + unknown, "",
           nearest.empty() ? "--help lists the options" : "did you mean --" + nearest + "?");
  }
}

std::optional<std::string> Given(const cxxopts::ParseResult& parsed, const std::string& name) {
  if (parsed.count(name) == 0) return std::nullopt;
  return parsed[name].as<std::string>();
}

std::string Required(const cxxopts::ParseResult& parsed, const std::string& name,
                     const std::string& meaning) {
  const std::optional<std::string> value = Given(parsed, name);
  if (!value || value->empty()) Refuse("no " + meaning, "", "give one with --" + name);
  return *value;
}

std::uint64_t NumberOf(const cxxopts::ParseResult& parsed, const std::string& name,
                       std::uint64_t least) {
  const auto text = parsed[name].as<std::string>();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < least) {
    Refuse("--" + name + " needs a whole number of at least " + std::to_string(least), text,
           "correct it");
  }
  return number;
}

}  // namespace onceload
