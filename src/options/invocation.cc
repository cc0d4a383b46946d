#include "onceload/options/invocation.h"

#include <algorithm>
#include <cstdlib>
#include <map>

// A value with a comma is one value: file names, -X, patterns.
#define CXXOPTS_VECTOR_DELIMITER '\0'
#include <cxxopts.hpp>

#include "onceload/core/error.h"
#include "onceload/core/nearest_name.h"
#include "onceload/core/user_info.h"
#include "onceload/core/utf8.h"
#include "onceload/kafka/process_limits.h"
#include "onceload/kafka/secrets.h"
#include "options/load_file.h"
#include "options/option_rules.h"
#include "options/option_values.h"

namespace onceload {
namespace {

// A variable that is not empty.
std::optional<std::string> VariableOf(std::string_view name) {
  const char* value = name.empty() ? nullptr : std::getenv(std::string(name).c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::vector<std::string> FlagsOf(Verb verb) {
  std::vector<std::string> flags{"help"};
  for (const Option* option : OptionsOf(verb)) flags.emplace_back(option->name);
  return flags;
}

// cxxopts only tells in prose which option it does not know; it is found by looking again.
[[noreturn]] void RefuseArguments(Verb verb, const Arguments& arguments, const std::string& why) {
  const std::vector<std::string> flags = FlagsOf(verb);
  for (const std::string& argument : arguments) {
    if (!argument.starts_with("--") || argument.size() == 2) continue;
    const std::string name = argument.substr(2, argument.find('=') - 2);
    if (std::find(flags.begin(), flags.end(), name) != flags.end()) continue;
    const std::string nearest = NearestName(name, flags);
    throw Error(ExitCode::kUsage, "unknown option --" + name, "",
                nearest.empty() ? "--help lists the options" : "did you mean --" + nearest + "?");
  }
  throw Error(ExitCode::kUsage, why, "", "--help lists the options");
}

cxxopts::Options SplitterOf(Verb verb) {
  cxxopts::Options options("onceload");
  options.add_options()("h,help", "");
  for (const Option* option : OptionsOf(verb)) {
    std::string name(option->name);
    if (option->letter != 0) name = std::string(1, option->letter) + "," + name;
    options.add_options()(
        name, "",
        option->flag() ? cxxopts::value<bool>() : cxxopts::value<std::vector<std::string>>());
    if (option->Is(kPositional)) options.parse_positional({std::string(option->name)});
  }
  return options;
}

// All words of the command line, in the order given. cxxopts splits them, and does no more.
std::vector<Word> Split(Verb verb, const Arguments& arguments, bool& help) {
  std::vector<const char*> words{"onceload"};
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  try {
    cxxopts::Options options = SplitterOf(verb);
    const auto parsed = options.parse(static_cast<int>(words.size()), words.data());
    help = parsed.count("help") > 0;
    std::vector<Word> found;
    for (const cxxopts::KeyValue& given : parsed.arguments()) {
      if (const Option* option = FindOption(verb, given.key())) {
        found.push_back({option, given.value(), ""});
      }
    }
    return found;
  } catch (const cxxopts::exceptions::exception& error) {
    RefuseArguments(verb, arguments, error.what());
  }
}

// What is not UTF-8 would come back as another text from JSON: the progress record, the result, a
// message. Paths are bytes.
void CheckUtf8(const Word& word) {
  if (word.option->Is(kBytes) || IsUtf8(word.text)) return;
  RefuseWord(word, "--" + std::string(word.option->name) + " is not UTF-8",
             "give it in UTF-8; the terminal's locale may be another one");
}

bool HasWord(const std::vector<Word>& words, const Option* option) {
  return std::any_of(words.begin(), words.end(),
                     [&](const Word& word) { return word.option == option; });
}

// Puts in the weaker source's words for options that `words` say nothing of.
void AddWeaker(const std::vector<Word>& weaker, std::vector<Word>& words) {
  std::vector<Word> added;
  for (const Word& word : weaker) {
    if (!HasWord(words, word.option)) added.push_back(word);
  }
  words.insert(words.end(), added.begin(), added.end());
}

std::vector<Word> WordsOfEnvironment(Verb verb) {
  std::vector<Word> words;
  for (const Option* option : OptionsOf(verb)) {
    const std::optional<std::string> value = VariableOf(option->environment);
    if (value) words.push_back({option, *value, std::string(option->environment)});
  }
  return words;
}

// The table's order, for rows rely on those before them; within an option the order given, of which
// the last word wins where there can be one only.
void SortByRow(std::vector<Word>& words) {
  std::stable_sort(words.begin(), words.end(),
                   [](const Word& a, const Word& b) { return a.option < b.option; });
}

void Take(const std::vector<Word>& words, Request& request, bool frozen_only) {
  for (const Word& word : words) {
    if (frozen_only && !word.option->Is(kFrozen) && word.option->name != "mapping") continue;
    word.option->access.take(word, request);
  }
}

}  // namespace

bool Invocation::Has(std::string_view option) const {
  return std::any_of(words.begin(), words.end(),
                     [&](const Word& word) { return word.option->name == option; });
}

Invocation ParseArguments(Verb verb, const Arguments& arguments) {
  Invocation invocation;
  invocation.verb = verb;
  invocation.words = Split(verb, arguments, invocation.help);
  if (invocation.help) return invocation;
  std::string load_file;
  for (const Word& word : invocation.words) {
    if (word.option->name == "load-file") load_file = word.text;
  }
  AddWeaker(WordsOfEnvironment(verb), invocation.words);
  if (!load_file.empty()) AddWeaker(ReadLoadFile(load_file, verb), invocation.words);
  SortByRow(invocation.words);
  for (const Word& word : invocation.words) CheckUtf8(word);
  Take(invocation.words, invocation.request, /*frozen_only=*/false);
  CheckRules(invocation);
  Request& request = invocation.request;
  request.inputs.state = StatePathIfAny(request);
  for (const Word& word : invocation.words) {
    const bool names_one = word.option->access.kind == OptionKind::kFile;
    if (names_one && !word.option->Is(kPositional)) request.inputs.others.push_back(word.text);
  }
  request.inputs.metrics = request.metrics.file;
  const Shard& shard = request.inputs.shard;
  if (shard.by_key) request.load.rows.keys = {shard.index, shard.count};
  return invocation;
}

FrozenEncoding EncodingOf(const Invocation& invocation, const FrozenEncoding* frozen,
                          const std::string& load_name) {
  if (frozen == nullptr) return invocation.request.load.rows;
  Request as_frozen;
  static_cast<FrozenEncoding&>(as_frozen.load.rows) = *frozen;
  Request asked = as_frozen;
  Take(invocation.words, asked, /*frozen_only=*/true);
  for (const Option* option : OptionsOf(invocation.verb)) {
    if (!option->Is(kFrozen)) continue;
    if (!invocation.Has(option->name) && !invocation.Has("mapping")) continue;
    if (option->access.show(*option, asked) == option->access.show(*option, as_frozen)) continue;
    throw Error(ExitCode::kUsage,
                "--" + std::string(option->name) + " is not what the load was made with",
                "load " + load_name, "leave it out: the load's own options are known");
  }
  return *frozen;
}

namespace {

// Any user of the machine may read another's command line.
void WarnOfSecret(const PropertyWish& wish, ClientConfig& config) {
  if (!wish.source.empty() || IsReference(wish.value)) return;
  if (wish.name == "sasl.jaas.config" && wish.value.find("${") != std::string::npos) return;
  if (!IsSecretProperty(wish.name) && UserInfoOf(wish.value).empty()) return;
  config.Tell({wish.name +
                   " stands on the command line, where other users of this machine can "
                   "read it: write it into a file of yours and say -X " +
                   wish.name + "=@FILE, or use --command-config",
               true});
}

}  // namespace

ClientConfig ConnectionOf(const Request& request) {
  const ConnectionWishes& connection = request.connection;
  ClientConfig config;
  if (!connection.properties_file.empty()) config.LoadFile(connection.properties_file);
  for (const PropertyWish& wish : connection.properties) {
    config.Set(wish.name, wish.value, wish.source.empty() ? "-X" : "-X in " + wish.source);
    WarnOfSecret(wish, config);
  }
  const std::string brokers = connection.bootstrap();
  const bool environment = connection.brokers_of_environment;
  if (!brokers.empty() && (!environment || config.bootstrap().empty())) {
    config.Set("bootstrap.servers", brokers,
               environment ? "KAFKA_BOOTSTRAP_SERVERS" : "--bootstrap-server");
  }
  if (!connection.client_id.empty()) config.Set("client.id", connection.client_id, "--client-id");
  if (config.bootstrap().empty()) {
    throw Error(ExitCode::kUsage, "no broker address", "",
                "give one with -b HOST:PORT or in KAFKA_BOOTSTRAP_SERVERS");
  }
  config.Finish();
  CheckProcessLimits();
  return config;
}

std::optional<std::string> StatePathIfAny(const Request& request) {
  if (request.state) return request.state;
  std::optional<std::string> base = VariableOf("XDG_STATE_HOME");
  if (!base) {
    const std::optional<std::string> home = VariableOf("HOME");
    if (!home) return std::nullopt;
    base = *home + "/.local/state";
  }
  return *base + "/onceload/onceload.db";
}

std::string StatePathOf(const Request& request) {
  const std::optional<std::string> path = StatePathIfAny(request);
  if (path) return *path;
  throw Error(ExitCode::kUsage, "no place for the ledger: neither HOME nor XDG_STATE_HOME is set",
              "", "name one with --state FILE");
}

}  // namespace onceload
