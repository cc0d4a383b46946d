// JSON Schema: whether a JSON text is as a schema wants it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace onceload {

// Used by one thread.
class JsonValidator {
 public:
  // Drafts 4 to 2020-12, by "$schema"; without one, draft 7. Throws Error(kUsage) that names
  // `where`: no JSON Schema, one that refers to others outside of it, or one with a pattern, which
  // the library cannot match safely against long texts.
  JsonValidator(std::string_view schema, const std::string& where);
  ~JsonValidator();
  JsonValidator(JsonValidator&&) noexcept;
  JsonValidator& operator=(JsonValidator&&) = delete;

  // The first thing that is not so, with its place: "/price: ..."; nullopt: all is.
  std::optional<std::string> Fault(std::string_view json) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace onceload
