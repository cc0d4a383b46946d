#include "onceload/schema/json_validator.h"

#include <string>

#include <gtest/gtest.h>

#include "onceload/core/error.h"

namespace onceload {
namespace {

TEST(JsonValidator, SaysWhatIsNotSoAndWhere) {
  const JsonValidator validator(
      R"({"type": "object", "properties": {"a": {"type": "integer", "maximum": 5}}})", "x.json");
  EXPECT_EQ(validator.Fault(R"({"a": 5})"), std::nullopt);
  EXPECT_EQ(validator.Fault(R"({"a": 6})")->substr(0, 3), "/a:");
  EXPECT_NE(validator.Fault(R"({"a": "5"})"), std::nullopt);
  EXPECT_NE(validator.Fault("{"), std::nullopt);
}

TEST(JsonValidator, RefusesWhatItCannotCheck) {
  for (const char* schema :
       {"{", R"({"properties": {"a": {"pattern": "^a"}}})", R"({"patternProperties": {"^a": {}}})",
        R"({"$ref": "http://nowhere.example/x.json"})"}) {
    EXPECT_THROW(JsonValidator(schema, "x.json"), Error) << schema;
  }
  // A property of that name is no keyword.
  EXPECT_NO_THROW(JsonValidator(R"({"properties": {"pattern": {"type": "string"}}})", "x.json"));
}

}  // namespace
}  // namespace onceload
