// Which schemas a load's messages are written by: settled once, before its claim, and frozen.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "onceload/encode/encode_options.h"
#include "onceload/registry/schema_registry.h"
#include "onceload/rows/frozen_encoding.h"

namespace onceload {

// Where the registry has a topic's schemas.
enum class SubjectStrategy : std::uint8_t {
  kTopic,        // TOPIC-value, TOPIC-key
  kRecord,       // the full name of record or message (of JSON Schema, its title)
  kTopicRecord,  // TOPIC-NAME
};

// Of a message's value, or of its key.
struct SchemaWish {
  std::string file;       // its text; empty: not given
  std::uint32_t id = 0;   // 0: not given
  std::string message{};  // which one of a Protobuf schema; empty: not given, the first
};

struct SchemaWishes {
  std::string registry;  // URLs between commas; empty: as the client properties have it
  SchemaWish value;
  SchemaWish key;
  bool use_latest = false;
  bool register_new = false;
  SubjectStrategy subjects = SubjectStrategy::kTopic;
};

// For whom schemas are chosen.
struct SchemaSubject {
  std::string topic;
  std::vector<std::string> columns;
  bool null_texts = false;  // DerivedFrom::null_texts
};

// Made when it is first asked; `patience` as MakeHttpRegistry() has it.
using RegistryMaker = std::function<std::unique_ptr<SchemaRegistry>(Duration patience)>;

// Do these messages need one?
bool NeedSchemas(const EncodeOptions& encode);

// As the wishes say: the registry's, or of the given text or the columns, which has to be
// registered, or is, if it may. Sets `encode`. A text with an id asks nobody. Throws Error as
// SchemaRegistry does, and Error(kUsage): a file that cannot be read, a schema of another format, a
// registry that has another text under the id.
void ChooseSchemas(const SchemaWishes& wishes, const SchemaSubject& subject,
                   const RegistryMaker& registry, EncodeOptions& encode);

// Those of a load that goes on: its own. A registry is not needed, but one that answers at once
// must have the same text under the id, for readers will ask it. Throws Error(kUsage): it has
// another one, or the wishes name another schema. What the glance did not find out: `unasked` is
// told.
void KeepSchemas(const SchemaWishes& wishes, const EncodeOptions& frozen,
                 const RegistryMaker& registry,
                 const std::function<void(const std::string&)>& unasked, EncodeOptions& encode);

// The texts alone, of nobody but the wishes and columns: for `plan --print-schema`. The ids are
// those wished for, or 0.
void SketchSchemas(const SchemaWishes& wishes, const SchemaSubject& subject, EncodeOptions& encode);

}  // namespace onceload
