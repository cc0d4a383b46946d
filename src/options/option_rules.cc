#include "options/option_rules.h"

#include <array>
#include <string>
#include <string_view>

#include "onceload/core/error.h"

namespace onceload {
namespace {

using Given = const Invocation&;

const EncodeOptions& EncodeOf(Given given) { return given.request.load.rows.encode; }
OnError OnErrorOf(Given given) { return given.request.load.rows.rejects.on_error; }

bool NoKey(Given given) {
  const EncodeOptions& encode = EncodeOf(given);
  return encode.key_columns.empty() && !encode.key_constant && !encode.key_row;
}

// verify has the format from the load's record.
bool NoValueSchema(Given given) {
  return given.verb != kVerify && !SchemaTypeOf(EncodeOf(given).format);
}
bool NoKeySchema(Given given) {
  return given.verb != kVerify && !SchemaTypeOf(EncodeOf(given).key_format);
}
// There is no schema left to be chosen.
bool AllHaveIds(Given given) {
  const bool value = !SchemaTypeOf(EncodeOf(given).format) || given.Has("schema-id");
  const bool key = !SchemaTypeOf(EncodeOf(given).key_format) || given.Has("key-schema-id");
  return value && key && (given.Has("schema-id") || given.Has("key-schema-id"));
}
bool HasNone(Given given, SchemaType type) {
  const EncodeOptions& encode = EncodeOf(given);
  return given.verb != kVerify && SchemaTypeOf(encode.format) != type &&
         SchemaTypeOf(encode.key_format) != type;
}
bool NoSchemas(Given given) { return NoValueSchema(given) && NoKeySchema(given); }

bool NotOfSource(Given given) {
  return given.verb == kVerify && given.request.audit.level != AuditLevel::kSource;
}

// Refused if `option` is given (empty: always) and `broken` says so.
struct Rule {
  std::string_view option;
  bool (*broken)(Given);
  std::string_view what;
  std::string_view advice;
};

constexpr std::array kRules{
    Rule{"no-header", [](Given g) { return g.request.no_header && !g.Has("columns"); },
         "--no-header needs the columns' names", "give them with --columns a,b,c"},
    Rule{"columns", [](Given g) { return !g.request.no_header; },
         "--columns is for a file without a header",
         "add --no-header if its first line is a row; else leave --columns out"},
    Rule{"quote", [](Given g) { return g.request.load.rows.dialect.quote == '\0'; },
         "--quote contradicts --quoting none", "leave one of them out"},
    Rule{"", [](Given g) { return EncodeOf(g).key_separator && EncodeOf(g).key_columns.empty(); },
         "--key-separator is between columns, and there are none", "name them with --key"},
    Rule{"shard-by-key", [](Given g) { return !g.Has("shard"); },
         "--shard-by-key means nothing without --shard", "add --shard K/N"},
    Rule{"shard-by-key",
         [](Given g) { return g.verb != kVerify && EncodeOf(g).key_columns.empty(); },
         "--shard-by-key shares rows by the cells of their keys, and there are none",
         "name columns with --key"},
    Rule{"shard-by-key", [](Given g) { return EncodeOf(g).key_format != KeyFormat::kText; },
         "--shard-by-key is for keys of text",
         "leave --key-format out: what a registry says of keys may differ from shard to shard"},
    Rule{"on-empty-key", &NoKey, "--on-empty-key is about keys, and there are none",
         "name columns with --key"},
    Rule{"key-format",
         [](Given g) { return NoKey(g) && EncodeOf(g).key_format != KeyFormat::kText; },
         "--key-format is about keys, and there are none", "name columns with --key"},
    Rule{"schema", &NoValueSchema, "--schema means nothing here", "add --value-format avro"},
    Rule{"schema-id", &NoValueSchema, "--schema-id means nothing here", "add --value-format avro"},
    Rule{"key-schema", &NoKeySchema, "--key-schema means nothing here", "add --key-format avro"},
    Rule{"key-schema-id", &NoKeySchema, "--key-schema-id means nothing here",
         "add --key-format avro"},
    Rule{"schema-message",
         [](Given g) {
           return g.verb != kVerify && SchemaTypeOf(EncodeOf(g).format) != SchemaType::kProtobuf;
         },
         "--schema-message means nothing here", "add --value-format protobuf"},
    Rule{"key-schema-message",
         [](Given g) {
           return g.verb != kVerify &&
                  SchemaTypeOf(EncodeOf(g).key_format) != SchemaType::kProtobuf;
         },
         "--key-schema-message means nothing here", "add --key-format protobuf"},
    Rule{"no-schema-check", [](Given g) { return HasNone(g, SchemaType::kJson); },
         "--no-schema-check means nothing here", "it is of --value-format json-schema"},
    Rule{"use-latest", [](Given g) { return g.request.schemas.register_new; },
         "--use-latest does not go with --register", "leave one of them out"},
    Rule{"use-latest", &AllHaveIds, "--use-latest does not go with --schema-id",
         "leave one of them out"},
    Rule{"register", &AllHaveIds, "--register does not go with --schema-id",
         "leave one of them out: what has an id is registered"},
    Rule{"use-latest", &NoSchemas, "--use-latest means nothing here", "add --value-format avro"},
    Rule{"register", &NoSchemas, "--register means nothing here", "add --value-format avro"},
    Rule{"print-schema", &NoSchemas, "--print-schema means nothing here",
         "add --value-format avro"},
    Rule{"schema-framing", &NoSchemas, "--schema-framing means nothing here",
         "add --value-format avro"},
    Rule{"dead-letter-topic",
         [](Given g) { return g.verb == kLoad && OnErrorOf(g) != OnError::kDeadLetter; },
         "--dead-letter-topic means nothing here", "add --on-error dead-letter"},
    Rule{"rejects", [](Given g) { return OnErrorOf(g) == OnError::kFail; },
         "--rejects means nothing here", "add --on-error skip or --on-error dead-letter"},
    Rule{"max-rejects", [](Given g) { return OnErrorOf(g) == OnError::kFail; },
         "--max-rejects means nothing here", "add --on-error skip or --on-error dead-letter"},
    Rule{"max-rate", [](Given g) { return g.request.load.chunk.atomic; },
         "--max-rate does not go with --atomic",
         "leave one of them out: a transaction that is held back may take too long"},
    Rule{"log-format",
         [](Given g) {
           return g.request.log_format == LogFormat::kJson &&
                  (g.request.progress == ProgressStyle::kLine ||
                   g.request.progress == ProgressStyle::kPlain);
         },
         "--progress does not go with --log-format json",
         "leave one of them out: chunk_committed tells how far the load is"},
    Rule{"all", [](Given g) { return g.Has("name") || g.Has("topic") || g.Has("file"); },
         "--all is of all loads", "leave out --name, --topic and the files, or --all"},
    Rule{"source",
         [](Given g) { return g.Has("level") && g.request.audit.level != AuditLevel::kSource; },
         "--source contradicts --level", "leave one of them out"},
    Rule{"yes",
         [](Given g) {
           const RepairWishes& w = g.request.repair;
           return g.verb == kRepair && !w.adopt_kafka && !w.restart_from_zero && !w.forget;
         },
         "--yes means nothing here",
         "add --adopt-kafka, --restart-from-zero or --forget; without --yes they are explained"},
    Rule{"",
         [](Given g) {
           const RepairWishes& w = g.request.repair;
           return (w.adopt_kafka ? 1 : 0) + (w.restart_from_zero ? 1 : 0) + (w.forget ? 1 : 0) > 1;
         },
         "a load is repaired in one way",
         "leave one of --adopt-kafka, --restart-from-zero, --forget"},
    Rule{"expect-rows", &NotOfSource, "--expect-rows is held against the files", "add --source"},
    Rule{"expect-manifest", &NotOfSource, "--expect-manifest is held against the files",
         "add --source"},
    Rule{"expect-sum", &NotOfSource, "--expect-sum is held against the files", "add --source"},
    Rule{"html", [](Given g) { return !g.Has("name") && !g.Has("file") && !g.Has("files-from"); },
         "--html is of one load", "name its files, or --name"},
    Rule{"topic-config", [](Given g) { return !g.request.topics.create; },
         "--topic-config is of a topic that is made", "add --create-topic, or leave it out"},
};

// Where the option was given and what it says.
std::string PlaceOf(Given given, std::string_view option) {
  for (const Word& word : given.words) {
    if (word.option->name != option || word.option->flag()) continue;
    return Masked(word) + (word.source.empty() ? "" : ", in " + word.source);
  }
  return {};
}

}  // namespace

void CheckRules(const Invocation& invocation) {
  for (const Rule& rule : kRules) {
    if (!rule.option.empty() && !invocation.Has(rule.option)) continue;
    if (!rule.broken(invocation)) continue;
    throw Error(ExitCode::kUsage, std::string(rule.what), PlaceOf(invocation, rule.option),
                std::string(rule.advice));
  }
  CheckDialect(invocation.request.load.rows.dialect);
}

}  // namespace onceload
