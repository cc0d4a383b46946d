// What becomes of each client property that is not simply librdkafka's: one row each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace onceload {

enum class Treatment : std::uint8_t {
  kOurs,            // what exactly-once rests on: no other value than the one that holds anyway
  kRenamed,         // librdkafka has it by another name, or takes other values
  kJoint,           // means something together with others: ClientConfig::Finish()
  kOthers,          // another program's, which shares the file: passed over
  kSchemaRegistry,  // for formats that have a schema; else passed over
  kJavas,           // how a Java client does what ours does otherwise: passed over
  kRefused,         // without it the client would do something else than was asked
};

// How a value of Java's becomes one of librdkafka's.
enum class ValueForm : std::uint8_t {
  kSame,
  kLower,   // Java takes any case
  kNumber,  // brought into what librdkafka takes
  kPem,     // blanks between lines
};

struct PropertyRule {
  std::string_view name;  // "metrics.*": all that begin with "metrics."
  Treatment treatment;
  // kOurs: the values that hold, between bars; kRenamed: librdkafka's name.
  std::string_view text{};
  std::string_view reason{};
  ValueForm form = ValueForm::kSame;
  std::int64_t least = 0;  // of kNumber
  std::int64_t most = 0;
};

// nullptr: it is librdkafka's, or nobody's.
const PropertyRule* FindPropertyRule(std::string_view name);

// Of all rows but patterns: for "did you mean".
std::vector<std::string> NamesOfPropertyRules();

}  // namespace onceload
