// What fills the fields of a schema: columns and the constants of --set, one field each.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "onceload/encode/encode_options.h"

namespace onceload {

struct FieldSource {
  std::string name;  // in messages
  std::optional<std::size_t> column;
  std::string json;   // of a constant
  bool made = false;  // its {file} and {row} are filled in
  bool used = false;
};

// As --type has it, or kString.
ColumnType DeclaredType(const EncodeOptions& options, const std::string& column);

// Types and ways of writing that JSON's reading of a cell knows alone: other formats make their
// value of its plain text (CellJson::Plain).
bool ReadAsJson(const EncodeOptions& options, const std::string& column);

class FieldSources {
 public:
  // Columns that are not dropped, then the constants.
  FieldSources(const std::vector<std::string>& columns, const EncodeOptions& options);

  const std::vector<FieldSource>& all() const { return sources_; }
  // REQUIRES: there is one.
  FieldSource& first() { return sources_.front(); }

  // What fills a field that may be called so: its own name comes first, and may also stand for a
  // column whose name no schema can have. nullptr: nothing does.
  FieldSource* Find(const std::vector<std::string>& names);
  // Is there a source for a member of a record that may be called so?
  bool AnyWithin(const std::vector<std::string>& names) const;
  // What its members' names begin with: after its own name, and after others that a source has.
  std::vector<std::string> Within(const std::vector<std::string>& names) const;

  // Fields that there are, for advice.
  void Know(const std::string& field) { fields_.push_back(field); }
  void Fault(std::string what) { faults_.push_back(std::move(what)); }
  // Sources that no field has taken are faults as well. Throws Error(kUsage) that tells them all.
  void Check(const std::string& schema);

 private:
  using Places = std::unordered_map<std::string, std::vector<std::size_t>>;

  void Index(std::size_t at);
  void AddPrefixes(const std::string& name);
  FieldSource* Unused(const Places& places, const std::string& name);
  void TellUnused(const FieldSource& source);

  std::vector<FieldSource> sources_;
  // Schemas and headers may have ten thousands of names.
  Places by_name_;
  Places by_written_;                         // as a schema can have the name
  std::unordered_set<std::string> prefixes_;  // of names, each up to a dot
  std::vector<std::string> fields_;           // by their paths
  std::vector<std::string> faults_;
  std::size_t unused_ = 0;
};

}  // namespace onceload
