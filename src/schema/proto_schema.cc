#include "onceload/schema/proto_schema.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include "onceload/core/error.h"

namespace onceload {
namespace {

namespace pb = google::protobuf;

constexpr char kFileName[] = "schema";
constexpr std::string_view kKnownFolder = "google/protobuf/";
// The library recurses for messages within each other.
constexpr int kBracesMax = 100;
constexpr std::size_t kFaultsShown = 3;

[[noreturn]] void RefuseSchema(const std::string& what, const std::string& where) {
  throw Error(ExitCode::kUsage, "no Protobuf schema: " + what, where, "correct the schema");
}

// What the library finds wrong, by lines.
class Faults final : public pb::io::ErrorCollector, public pb::DescriptorPool::ErrorCollector {
 public:
  void AddError(int line, pb::io::ColumnNumber /*column*/, const std::string& what) override {
    Add("line " + std::to_string(line + 1) + ": " + what);
  }
  void AddError(const std::string& /*file*/, const std::string& element,
                const pb::Message* /*descriptor*/, ErrorLocation /*location*/,
                const std::string& what) override {
    Add((element.empty() ? "" : element + ": ") + what);
  }
  void AddWarning(int /*line*/, pb::io::ColumnNumber /*column*/,
                  const std::string& /*what*/) override {}
  void AddWarning(const std::string& /*file*/, const std::string& /*element*/,
                  const pb::Message* /*descriptor*/, ErrorLocation /*location*/,
                  const std::string& /*what*/) override {}

  const std::string& text() const { return text_; }

 private:
  void Add(const std::string& fault) {
    if (count_++ < kFaultsShown) text_ += (text_.empty() ? "" : "; ") + fault;
  }

  std::string text_;
  std::size_t count_ = 0;
};

// Where a comment or a text ends that begins at `at`; `at` if none does.
std::size_t EndOfSkipped(const std::string& text, std::size_t at) {
  const std::string_view rest = std::string_view(text).substr(at);
  if (rest.starts_with("//")) return std::min(text.find('\n', at), text.size());
  if (rest.starts_with("/*")) return std::min(text.find("*/", at + 2), text.size() - 2) + 2;
  if (text[at] != '"' && text[at] != '\'') return at;
  std::size_t end = at + 1;
  while (end < text.size() && text[end] != text[at]) end += text[end] == '\\' ? 2 : 1;
  return std::min(end + 1, text.size());
}

bool IsTooDeep(const std::string& text) {
  int level = 0;
  int deepest = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = EndOfSkipped(text, i);
    if (end != i) {
      i = end;
      continue;
    }
    if (text[i] == '{') deepest = std::max(deepest, ++level);
    if (text[i] == '}') --level;
    ++i;
  }
  return deepest > kBracesMax;
}

pb::FileDescriptorProto ParsedFile(const std::string& text, const std::string& where) {
  if (IsTooDeep(text)) RefuseSchema("more than 100 levels", where);
  const pb::LogSilencer silence;  // without a syntax it is proto2, which needs no word on stderr
  Faults faults;
  pb::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  pb::io::Tokenizer tokens(&stream, &faults);
  pb::compiler::Parser parser;
  parser.RecordErrorsTo(&faults);
  pb::FileDescriptorProto file;
  const bool parsed = parser.Parse(&tokens, &file);
  if (!parsed || !faults.text().empty()) RefuseSchema(faults.text(), where);
  file.set_name(kFileName);
  return file;
}

// A file of the library's own, and those that it imports. False: it has none of that name.
bool AddKnown(const std::string& name, pb::DescriptorPool& pool) {
  if (pool.FindFileByName(name) != nullptr) return true;
  if (!name.starts_with(kKnownFolder)) return false;
  const pb::FileDescriptor* const own = pb::DescriptorPool::generated_pool()->FindFileByName(name);
  if (own == nullptr) return false;
  pb::FileDescriptorProto file;
  own->CopyTo(&file);
  for (const std::string& import : file.dependency()) {
    if (!AddKnown(import, pool)) return false;
  }
  return pool.BuildFile(file) != nullptr;
}

// Of the pool, which keeps it.
const pb::FileDescriptor& FileIn(pb::DescriptorPool& pool, const std::string& text,
                                 const std::string& where) {
  pb::FileDescriptorProto parsed = ParsedFile(text, where);
  for (const std::string& import : parsed.dependency()) {
    if (AddKnown(import, pool)) continue;
    throw Error(ExitCode::kUsage, "the schema imports " + import, where,
                "give one that holds all its types itself; google/protobuf/*.proto are known");
  }
  Faults faults;
  const pb::FileDescriptor* const file = pool.BuildFileCollectingErrors(parsed, &faults);
  if (file == nullptr) RefuseSchema(faults.text(), where);
  return *file;
}

ProtoKind KindOf(const pb::FieldDescriptor& field) {
  if (field.is_repeated()) return ProtoKind::kOther;
  // In the order of FieldDescriptor::Type, which begins with 1.
  constexpr std::array kByType{ProtoKind::kDouble,   ProtoKind::kFloat,   ProtoKind::kInt64,
                               ProtoKind::kUint64,   ProtoKind::kInt32,   ProtoKind::kFixed64,
                               ProtoKind::kFixed32,  ProtoKind::kBool,    ProtoKind::kString,
                               ProtoKind::kOther,    ProtoKind::kMessage, ProtoKind::kBytes,
                               ProtoKind::kUint32,   ProtoKind::kEnum,    ProtoKind::kSfixed32,
                               ProtoKind::kSfixed64, ProtoKind::kSint32,  ProtoKind::kSint64};
  return kByType.at(static_cast<std::size_t>(field.type()) - 1);
}

std::string TypeText(const pb::FieldDescriptor& field) {
  std::string type = field.type_name();
  if (field.message_type() != nullptr) type = field.message_type()->full_name();
  if (field.enum_type() != nullptr) type = field.enum_type()->full_name();
  if (field.is_map()) return "map";
  return field.is_repeated() ? "list of " + type : type;
}

// Messages as this program has them, each once: they may contain themselves.
class Copier {
 public:
  const ProtoMessage* Copy(const pb::Descriptor& from) {
    const ProtoMessage* const copied = PlaceOf(from);
    while (!waiting_.empty()) {  // not one within the other: a chain of them may be long
      const auto [next, to] = waiting_.back();
      waiting_.pop_back();
      Fill(*next, *to);
    }
    return copied;
  }

  std::vector<std::unique_ptr<ProtoMessage>> Messages() { return std::move(messages_); }

 private:
  ProtoMessage* PlaceOf(const pb::Descriptor& from) {
    const auto [place, is_new] = known_.try_emplace(&from);
    if (is_new) {
      messages_.push_back(std::make_unique<ProtoMessage>());
      place->second = messages_.back().get();
      waiting_.emplace_back(&from, place->second);
    }
    return place->second;
  }

  void Fill(const pb::Descriptor& from, ProtoMessage& message) {
    message.name = from.full_name();
    message.timestamp = message.name == "google.protobuf.Timestamp";
    message.wrapper = from.file()->name() == "google/protobuf/wrappers.proto";
    for (int i = 0; i < from.field_count(); ++i) message.fields.push_back(Field(*from.field(i)));
    std::sort(message.fields.begin(), message.fields.end(),
              [](const ProtoField& a, const ProtoField& b) { return a.number < b.number; });
  }

  ProtoField Field(const pb::FieldDescriptor& from) {
    ProtoField field;
    field.name = from.name();
    field.json_name = from.json_name();
    field.number = static_cast<std::uint32_t>(from.number());
    field.kind = KindOf(from);
    field.type = TypeText(from);
    field.presence = from.has_presence();
    field.required = from.is_required();
    if (const pb::OneofDescriptor* const oneof = from.real_containing_oneof()) {
      field.alternative = static_cast<std::size_t>(oneof->index());
    }
    if (field.kind == ProtoKind::kEnum) {
      const pb::EnumDescriptor& symbols = *from.enum_type();
      for (int i = 0; i < symbols.value_count(); ++i) {
        field.symbols.emplace(symbols.value(i)->name(), symbols.value(i)->number());
      }
    }
    if (field.kind == ProtoKind::kMessage) field.message = PlaceOf(*from.message_type());
    return field;
  }

  std::map<const pb::Descriptor*, ProtoMessage*> known_;
  std::vector<std::pair<const pb::Descriptor*, ProtoMessage*>> waiting_;
  std::vector<std::unique_ptr<ProtoMessage>> messages_;
};

void ListNames(const pb::Descriptor& message, std::vector<const pb::Descriptor*>& to) {
  to.push_back(&message);
  for (int i = 0; i < message.nested_type_count(); ++i) {
    if (!message.nested_type(i)->options().map_entry()) ListNames(*message.nested_type(i), to);
  }
}

const pb::Descriptor& MessageIn(const pb::FileDescriptor& file, std::string_view name,
                                const std::string& where) {
  std::vector<const pb::Descriptor*> all;
  for (int i = 0; i < file.message_type_count(); ++i) ListNames(*file.message_type(i), all);
  if (all.empty()) RefuseSchema("it has no message", where);
  if (name.empty()) return *all.front();
  std::string known;
  for (const pb::Descriptor* const message : all) {
    const std::string package = file.package().empty() ? "" : file.package() + ".";
    if (message->full_name() == name || message->full_name() == package + std::string(name)) {
      return *message;
    }
    known += (known.empty() ? "" : ", ") + message->full_name();
  }
  throw Error(ExitCode::kUsage,
              "the schema has no message " + std::string(name) + ", there are " + known, where,
              "correct --schema-message or --key-schema-message");
}

std::vector<int> IndexesOf(const pb::Descriptor& message) {
  std::vector<int> indexes;
  for (const pb::Descriptor* at = &message; at != nullptr; at = at->containing_type()) {
    indexes.insert(indexes.begin(), at->index());
  }
  return indexes;
}

}  // namespace

ProtoSchema ParseProtoSchema(std::string_view text, std::string_view name,
                             const std::string& where) {
  pb::DescriptorPool pool;
  const pb::Descriptor& found = MessageIn(FileIn(pool, std::string(text), where), name, where);
  Copier copier;
  ProtoSchema schema;
  schema.message = copier.Copy(found);
  schema.messages = copier.Messages();
  schema.indexes = IndexesOf(found);
  return schema;
}

bool SameProto(std::string_view a, std::string_view b) {
  try {
    // Built, for a type may be named with its package or without.
    std::array<std::string, 2> said;
    for (std::size_t i = 0; i < said.size(); ++i) {
      pb::DescriptorPool pool;
      pb::FileDescriptorProto file;
      FileIn(pool, std::string(i == 0 ? a : b), "").CopyTo(&file);
      file.clear_dependency();  // in another order, or of what is not used
      file.clear_public_dependency();
      file.clear_weak_dependency();
      said.at(i) = file.SerializeAsString();
    }
    return said[0] == said[1];
  } catch (const Error&) {
    return false;
  }
}

char* EndNested(char* size_at, char* end) {
  const auto size = static_cast<std::size_t>(end - size_at) - 1;
  if (size < 0x80U) {
    *size_at = static_cast<char>(size);
    return end;
  }
  std::array<char, kVarintBytesMax> varint;
  const auto width = static_cast<std::size_t>(AppendVarint(size, varint.data()) - varint.data());
  std::memmove(size_at + width, size_at + 1, size);
  std::memcpy(size_at, varint.data(), width);
  return size_at + width + size;
}

ProtoWire WireOf(ProtoKind kind) {
  switch (kind) {
    case ProtoKind::kDouble:
    case ProtoKind::kFixed64:
    case ProtoKind::kSfixed64:
      return ProtoWire::kFixed64;
    case ProtoKind::kFloat:
    case ProtoKind::kFixed32:
    case ProtoKind::kSfixed32:
      return ProtoWire::kFixed32;
    case ProtoKind::kString:
    case ProtoKind::kBytes:
    case ProtoKind::kMessage:
      return ProtoWire::kSized;
    default:
      return ProtoWire::kVarint;
  }
}

std::string ProtoTag(const ProtoField& field) {
  std::array<char, kProtoTagBytesMax> bytes;
  const auto wire = static_cast<std::uint64_t>(WireOf(field.kind));
  return {bytes.data(), AppendVarint(std::uint64_t{field.number} << 3U | wire, bytes.data())};
}

std::string ProtoIndexes(const std::vector<int>& indexes) {
  if (indexes == std::vector<int>{0}) return std::string(1, '\0');
  std::string bytes;
  const auto append = [&bytes](std::size_t number) {
    std::array<char, kVarintBytesMax> varint;
    bytes.append(varint.data(), AppendVarint(std::uint64_t{number} << 1U, varint.data()));
  };
  append(indexes.size());
  for (const int index : indexes) append(static_cast<std::size_t>(index));
  return bytes;
}

}  // namespace onceload
