#include "onceload/preflight/message_schemas.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/core/file_text.h"
#include "onceload/encode/derived_schema.h"
#include "onceload/schema/avro_schema.h"
#include "onceload/schema/proto_schema.h"

namespace onceload {
namespace {

// A message's value, or its key.
struct Part {
  std::string_view name;  // as subjects end
  std::string flag;       // of its options: "--", "--key-"
  SchemaType type;
  const SchemaWish& wish;
  std::optional<MessageSchema> EncodeOptions::*at;
  bool key;
};

std::vector<Part> PartsOf(const SchemaWishes& wishes, const EncodeOptions& encode) {
  std::vector<Part> parts;
  if (const auto type = SchemaTypeOf(encode.format)) {
    parts.push_back({"value", "--", *type, wishes.value, &EncodeOptions::value_schema, false});
  }
  if (const auto type = SchemaTypeOf(encode.key_format)) {
    parts.push_back({"key", "--key-", *type, wishes.key, &EncodeOptions::key_schema, true});
  }
  return parts;
}

std::string TextOf(const std::string& file) {
  const std::optional<std::string> text = TextOfFile(file);
  if (!text) {
    throw Error(ExitCode::kUsage, "the schema cannot be read", file,
                "check the path and its permissions");
  }
  return *text;
}

std::string TextOf(const Part& part, const SchemaSubject& subject, const EncodeOptions& encode) {
  if (!part.wish.file.empty()) return TextOf(part.wish.file);
  const DerivedFrom from{subject.columns, subject.topic, subject.null_texts};
  return part.key ? DerivedKeySchema(part.type, from, encode)
                  : DerivedSchema(part.type, from, encode);
}

std::string RecordName(const Part& part, const std::string& text, const std::string& where) {
  std::string name;
  if (part.type == SchemaType::kAvro) {
    name = ParseAvroSchema(text, where)->name;
  } else if (part.type == SchemaType::kProtobuf) {
    name = ParseProtoSchema(text, part.wish.message, where).message->name;
  } else {
    const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (json.is_object() && json.contains("title") && json["title"].is_string()) {
      name = json["title"].get<std::string>();
    }
  }
  if (!name.empty()) return name;
  throw Error(ExitCode::kUsage, "the schema has no name for its subject", where,
              "use --subject-strategy topic");
}

std::string SubjectOf(const SchemaWishes& wishes, const Part& part, const SchemaSubject& subject,
                      const EncodeOptions& encode) {
  if (wishes.subjects == SubjectStrategy::kTopic) {
    return subject.topic + "-" + std::string(part.name);
  }
  const std::string name =
      RecordName(part, TextOf(part, subject, encode), "schema of the " + std::string(part.name));
  return wishes.subjects == SubjectStrategy::kRecord ? name : subject.topic + "-" + name;
}

void CheckType(const Part& part, const MessageSchema& schema, const std::string& where) {
  if (schema.type == part.type) return;
  throw Error(ExitCode::kUsage,
              "the schema is of type " + std::string(NameOf(schema.type)) + ", not " +
                  std::string(NameOf(part.type)),
              where, part.key ? "correct --key-format" : "correct --value-format");
}

// Is it a schema at all? Before a registry has it.
void CheckSchema(const Part& part, const std::string& text) {
  const std::string where = "schema of the " + std::string(part.name);
  if (part.type == SchemaType::kAvro) ParseAvroSchema(text, where);
  if (part.type == SchemaType::kProtobuf) ParseProtoSchema(text, part.wish.message, where);
}

// Of the file, if one is given: a registry that has another one under the id is not the one meant.
void CheckText(const Part& part, const MessageSchema& schema) {
  if (part.wish.file.empty() || SameSchemaText(part.type, TextOf(part.wish.file), schema.text)) {
    return;
  }
  throw Error(ExitCode::kUsage,
              "schema " + std::to_string(schema.id) + " is not the one of " + part.wish.file, "",
              "leave " + part.flag + "schema out to write by the registry's");
}

MessageSchema Choose(const SchemaWishes& wishes, const Part& part, const SchemaSubject& subject,
                     SchemaRegistry& registry, const EncodeOptions& encode) {
  if (part.wish.id > 0) {
    MessageSchema schema = registry.ById(part.wish.id);
    CheckType(part, schema, "schema " + std::to_string(schema.id));
    CheckText(part, schema);
    return schema;
  }
  const std::string at = SubjectOf(wishes, part, subject, encode);
  if (wishes.use_latest) {
    MessageSchema schema = registry.Latest(at);
    CheckType(part, schema, "subject " + at);
    // By another strategy the file says the subject's name alone.
    if (wishes.subjects == SubjectStrategy::kTopic) CheckText(part, schema);
    return schema;
  }
  MessageSchema schema;
  schema.type = part.type;
  schema.text = TextOf(part, subject, encode);
  CheckSchema(part, schema.text);
  if (wishes.register_new) return registry.Register(at, schema);
  std::optional<MessageSchema> found = registry.Find(at, schema);
  if (found) return *found;
  throw Error(ExitCode::kUsage, "the schema is not registered", "subject " + at,
              "--register registers it, --use-latest takes the one that is there; onceload plan "
              "--print-schema shows it");
}

// The file and the id say all there is to know.
bool NeedsRegistry(const Part& part, const RegistryMaker& registry) {
  return part.wish.id == 0 || part.wish.file.empty() || registry;
}

MessageSchema Given(const Part& part, const SchemaSubject& subject, const EncodeOptions& encode) {
  return {part.type, part.wish.id, "", TextOf(part, subject, encode), part.wish.message};
}

}  // namespace

bool NeedSchemas(const EncodeOptions& encode) {
  return SchemaTypeOf(encode.format) || SchemaTypeOf(encode.key_format);
}

void ChooseSchemas(const SchemaWishes& wishes, const SchemaSubject& subject,
                   const RegistryMaker& registry, EncodeOptions& encode) {
  std::unique_ptr<SchemaRegistry> asked;
  for (const Part& part : PartsOf(wishes, encode)) {
    if (!NeedsRegistry(part, registry)) {
      encode.*part.at = Given(part, subject, encode);
      continue;
    }
    if (!registry) {
      throw Error(ExitCode::kUsage, "no schema registry", "",
                  "give one with --schema-registry URL; or the schema and its id with " +
                      part.flag + "schema FILE and " + part.flag + "schema-id N");
    }
    if (!asked) asked = registry(kRegistryPatience);
    encode.*part.at = Choose(wishes, part, subject, *asked, encode);
    (encode.*part.at)->message = part.wish.message;
  }
}

void KeepSchemas(const SchemaWishes& wishes, const EncodeOptions& frozen,
                 const RegistryMaker& registry,
                 const std::function<void(const std::string&)>& unasked, EncodeOptions& encode) {
  for (const Part& part : PartsOf(wishes, encode)) {
    const std::optional<MessageSchema>& schema = frozen.*part.at;
    if (!schema || schema->type != part.type) continue;  // another format: refused with the rest
    const std::string where = "schema " + std::to_string(schema->id);
    const bool other_text =
        !part.wish.file.empty() && !SameSchemaText(part.type, TextOf(part.wish.file), schema->text);
    const bool other_id = part.wish.id > 0 && part.wish.id != schema->id;
    const bool other_message = !part.wish.message.empty() && part.wish.message != schema->message;
    if (other_text || other_id || other_message) {
      throw Error(
          ExitCode::kUsage,
          "this load writes by another schema than " + (other_text ? part.wish.file
                                                        : other_id ? std::to_string(part.wish.id)
                                                                   : part.wish.message),
          where, "use the schema the load was begun with, or another --name");
    }
    encode.*part.at = schema;
    if (!registry) continue;
    std::optional<MessageSchema> now;
    try {
      now = registry(kRegistryGlance)->ById(schema->id);
    } catch (const Error& error) {
      unasked("going on with " + where + " as the load has it: " + error.Line());
      continue;
    }
    if (now->type == schema->type && SameSchemaText(schema->type, now->text, schema->text))
      continue;
    throw Error(ExitCode::kUsage,
                "the schema registry has another text under the id this load writes by", where,
                "ask the registry that the load was begun with; in this one its messages would be "
                "read by a wrong schema");
  }
}

void SketchSchemas(const SchemaWishes& wishes, const SchemaSubject& subject,
                   EncodeOptions& encode) {
  for (const Part& part : PartsOf(wishes, encode)) {
    encode.*part.at = Given(part, subject, encode);
  }
}

}  // namespace onceload
