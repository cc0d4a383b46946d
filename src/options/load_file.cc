#include "options/load_file.h"

#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/core/file_text.h"
#include "onceload/core/nearest_name.h"
#include "onceload/kafka/secrets.h"
#include "onceload/options/load_file_schema.h"

namespace onceload {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBytesMax = std::size_t{16} << 20;  // a list of 100,000 files fits easily

[[noreturn]] void Refuse(const std::string& what, const std::string& where,
                         const std::string& advice) {
  throw Error(ExitCode::kUsage, what, where, advice);
}

class LoadFile {
 public:
  LoadFile(std::string path, Verb verb) : path_(std::move(path)), verb_(verb) {}

  std::vector<Word> Read() {
    const Json json = Parsed();  // outlives the loop over it
    for (const auto& [name, value] : json.items()) Add(name, value);
    return std::move(words_);
  }

 private:
  Json Parsed() const {
    const std::optional<std::string> text = TextOfFile(path_);
    if (!text) Refuse("the load file cannot be read", path_, "check its path and permissions");
    if (text->size() > kBytesMax) {
      Refuse("the load file is larger than 16 MiB", path_, "name many files by --files-from");
    }
    // The library would keep the last of two members of one name, and drop the other silently.
    std::set<std::string> names;
    const auto look = [&](int depth, Json::parse_event_t event, const Json& parsed) {
      if (depth == 1 && event == Json::parse_event_t::key &&
          !names.insert(parsed.get<std::string>()).second) {
        Refuse("an option stands twice", Place(parsed.get<std::string>()), "say it once");
      }
      return true;
    };
    try {
      Json json = Json::parse(*text, look);
      if (json.is_object()) return json;
    } catch (const Json::exception&) {
    }
    Refuse("the load file is no JSON object", path_,
           "onceload config schema prints what it may hold");
  }

  std::string Place(const std::string& name) const { return path_ + ", \"" + name + "\""; }

  void Add(const std::string& name, const Json& value) {
    const Option* option = FindOption(verb_, name);
    if (option == nullptr) return CheckOthersHave(name);
    if (name == "load-file") Refuse("a load file names no other", Place(name), "leave it out");
    if (!value.is_array()) return AddOne(*option, value);
    if (!option->Is(kRepeatable)) Refuse("this option has one value", Place(name), "give no list");
    for (const Json& one : value) AddOne(*option, one);
  }

  void CheckOthersHave(const std::string& name) const {
    std::vector<std::string> known;
    for (const Option* option : OptionsOfLoadFile()) known.emplace_back(option->name);
    if (std::find(known.begin(), known.end(), name) != known.end() || name == "$schema") return;
    const std::string nearest = NearestName(name, known);
    Refuse("unknown option", Place(name),
           nearest.empty() ? "onceload config schema prints what it may hold"
                           : "did you mean \"" + nearest + "\"?");
  }

  void AddOne(const Option& option, const Json& value) {
    const std::string name(option.name);
    if (option.flag()) {
      if (!value.is_boolean()) Refuse("true or false is wanted", Place(name), "correct it");
      return Push(option, value.get<bool>() ? "true" : "false");
    }
    if (value.is_number_unsigned()) return Push(option, value.dump());
    if (value.is_string()) {
      const auto text = value.get<std::string>();
      // A client property's references are read by whoever makes the client, again and again.
      return Push(option, option.Is(kSecret) ? text : Expanded(text, Place(name)));
    }
    if (value.is_object() && name == "mapping") return Push(option, value.dump());
    Refuse(
        option.access.kind == OptionKind::kNumber ? "a whole number is wanted" : "a text is wanted",
        Place(name), "correct it");
  }

  void Push(const Option& option, const std::string& text) {
    words_.push_back({&option, text, path_});
  }

  const std::string path_;
  const Verb verb_;
  std::vector<Word> words_;
};

}  // namespace

std::vector<Word> ReadLoadFile(const std::string& path, Verb verb) {
  return LoadFile(path, verb).Read();
}

}  // namespace onceload
