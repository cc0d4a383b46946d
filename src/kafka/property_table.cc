#include "kafka/property_table.h"

#include <algorithm>
#include <array>

#include "onceload/kafka/client_config.h"

namespace onceload {
namespace {

using enum Treatment;

constexpr std::int64_t kInt = 2'147'483'647;
constexpr std::string_view kAcks = "a row counts once all in-sync replicas have it";
constexpr std::string_view kPartitions = "rows are partitioned as Kafka's Java client does it";
constexpr std::string_view kReports = "offsets of delivered rows are recorded";
constexpr std::string_view kFinds = "reading starts at known offsets, and stops at known ends";
constexpr std::string_view kNoGroup = "no consumer group is used";
constexpr std::string_view kMemory = "onceload bounds its own memory";
constexpr std::string_view kOpenSsl = "TLS is OpenSSL's, not Java's";
constexpr std::string_view kRegistry = "a registry's, or of those who ask one";
constexpr std::string_view kMetrics = "metrics of Java clients";
constexpr std::string_view kClasses = "a Java class";
constexpr std::string_view kTokens = "when tokens and tickets are renewed is librdkafka's own";
constexpr std::string_view kValidation = "how brokers check a token";

constexpr PropertyRule Ours(std::string_view name, std::string_view holds,
                            std::string_view reason) {
  return {name, kOurs, holds, reason};
}
constexpr PropertyRule Number(std::string_view name, std::string_view as, std::int64_t least,
                              std::int64_t most) {
  return {name, kRenamed, as, "", ValueForm::kNumber, least, most};
}
constexpr PropertyRule Same(std::string_view name, std::int64_t least, std::int64_t most) {
  return Number(name, name, least, most);
}
constexpr PropertyRule Renamed(std::string_view name, std::string_view as,
                               ValueForm form = ValueForm::kSame) {
  return {name, kRenamed, as, "", form};
}
constexpr PropertyRule Others(std::string_view name, std::string_view reason) {
  return {name, kOthers, "", reason};
}
constexpr PropertyRule ForRegistry(std::string_view name, std::string_view reason) {
  return {name, kSchemaRegistry, "", reason};
}
constexpr PropertyRule Javas(std::string_view name, std::string_view reason) {
  return {name, kJavas, "", reason};
}
constexpr PropertyRule Joint(std::string_view name, std::string_view reason) {
  return {name, kJoint, "", reason};
}

constexpr std::array kRules{
    Ours("acks", "all|-1", kAcks),
    Ours("request.required.acks", "all|-1", kAcks),
    Ours("enable.idempotence", "true", "without it a retried batch is doubled"),
    Ours("transactional.id", "", "it is made from the load's name and fences older runs"),
    Ours("transaction.two.phase.commit.enable", "false", "a load commits its transactions itself"),
    Ours("isolation.level", "read_committed", "the audit reads what readers will see"),
    Ours("partitioner", "murmur2|murmur2_random", kPartitions),
    Ours("partitioner.class", "", kPartitions),
    Ours("partitioner.ignore.keys", "false", kPartitions),
    Ours("delivery.report.only.error", "false", kReports),
    Ours("dr_cb", "", kReports),
    Ours("max.in.flight", "1|2|3|4|5", "retried batches could change places"),
    Ours("max.in.flight.requests.per.connection", "1|2|3|4|5",
         "retried batches could change places"),
    Ours("enable.gapless.guarantee", "", "it does not act on transactions"),
    Ours("queuing.strategy", "fifo", "it would change the order of rows"),
    Ours("test.mock.num.brokers", "", "it is no real cluster"),

    // Java's files for consumers have these; a loader's reading does not depend on them.
    Javas("allow.auto.create.topics", "a mistyped topic never comes to life"),
    Javas("enable.auto.commit", kNoGroup),
    Javas("enable.auto.offset.store", kNoGroup),
    Javas("auto.commit.interval.ms", kNoGroup),
    Javas("auto.offset.reset", kFinds),
    Javas("enable.partition.eof", kFinds),
    Javas("fetch.max.wait.ms", kFinds),
    Javas("fetch.min.bytes", kFinds),
    Javas("check.crcs", kFinds),
    Javas("exclude.internal.topics", kFinds),
    Javas("internal.*", kFinds),
    Javas("max.poll.records", kFinds),
    Javas("group.*", kNoGroup),
    Javas("share.*", kNoGroup),
    Javas("heartbeat.interval.ms", kNoGroup),
    Javas("session.timeout.ms", kNoGroup),
    Javas("rebalance.timeout.ms", kNoGroup),
    Javas("max.poll.interval.ms", kNoGroup),
    Javas("partition.assignment.strategy", kNoGroup),

    // Java's bounds are wider than librdkafka's.
    Number("max.request.size", "message.max.bytes", 1000, 1'000'000'000),
    Number("send.buffer.bytes", "socket.send.buffer.bytes", 0, 100'000'000),
    Number("receive.buffer.bytes", "socket.receive.buffer.bytes", 0, 100'000'000),
    Number("delivery.timeout.ms", "message.timeout.ms", 0, kInt),
    Same("batch.size", 1, kInt),
    Same("linger.ms", 0, 900'000),
    Same("retries", 1, kInt),
    Same("retry.backoff.ms", 1, 300'000),
    Same("retry.backoff.max.ms", 1, 300'000),
    Same("reconnect.backoff.ms", 0, 3'600'000),
    Same("reconnect.backoff.max.ms", 0, 3'600'000),
    Same("request.timeout.ms", 1, 900'000),
    Same("metadata.max.age.ms", 1, 86'400'000),
    Same("connections.max.idle.ms", 0, kInt),
    Same("socket.connection.setup.timeout.ms", 1000, kInt),
    Same("fetch.max.bytes", 0, 2'147'483'135),
    Same("max.partition.fetch.bytes", 1, 1'000'000'000),
    Same("transaction.timeout.ms", 1000, kInt),
    Same("metadata.recovery.rebootstrap.trigger.ms", 0, kInt),
    Same("sasl.kerberos.min.time.before.relogin", 0, 86'400'000),
    Javas("buffer.memory", kMemory),
    Javas("max.block.ms", "--retry-budget says how long a load waits"),
    Javas("default.api.timeout.ms", "--retry-budget says how long a load waits"),
    Javas("metadata.max.idle.ms", "a load asks for its topics alone"),
    Javas("socket.connection.setup.timeout.max.ms", "librdkafka's grows no further"),
    Javas("partitioner.adaptive.partitioning.enable", kPartitions),
    Javas("partitioner.availability.timeout.ms", kPartitions),
    Javas("client.dns.lookup", "all addresses of a name are tried"),
    Javas("bootstrap.controllers", "a load talks to brokers"),
    Joint("compression.gzip.level", "compression.level, if compression.type is gzip"),
    Joint("compression.lz4.level", "compression.level, if compression.type is lz4 or not set"),
    Joint("compression.zstd.level", "compression.level, if compression.type is zstd"),

    // TLS.
    Renamed("security.protocol", "security.protocol", ValueForm::kLower),
    Renamed("ssl.truststore.certificates", "ssl.ca.pem", ValueForm::kPem),
    Renamed("ssl.keystore.certificate.chain", "ssl.certificate.pem", ValueForm::kPem),
    Renamed("ssl.keystore.key", "ssl.key.pem", ValueForm::kPem),
    Renamed("ssl.ca.pem", "ssl.ca.pem", ValueForm::kPem),
    Renamed("ssl.certificate.pem", "ssl.certificate.pem", ValueForm::kPem),
    Renamed("ssl.key.pem", "ssl.key.pem", ValueForm::kPem),
    Joint("ssl.truststore.location", "ssl.ca.location of PEM, ssl.ca.pem of PKCS#12"),
    Joint("ssl.truststore.password", "opens a PKCS#12 trust store"),
    Joint("ssl.truststore.type", "where the file does not tell by itself"),
    Joint("ssl.keystore.location",
          "ssl.keystore.location of PKCS#12; of PEM ssl.certificate.location, ssl.key.location"),
    Joint("ssl.keystore.type", "where the file does not tell by itself"),
    Joint("ssl.endpoint.identification.algorithm", "empty is none"),
    Joint("ssl.cipher.suites", "passed over with Java's names of suites"),
    Javas("ssl.protocol", kOpenSsl),
    Javas("ssl.enabled.protocols", kOpenSsl),
    Javas("ssl.provider", kOpenSsl),
    Javas("ssl.keymanager.algorithm", kOpenSsl),
    Javas("ssl.trustmanager.algorithm", kOpenSsl),
    Javas("ssl.secure.random.implementation", kOpenSsl),
    Javas("security.providers", kOpenSsl),
    PropertyRule{"ssl.engine.factory.class", kRefused, "",
                 "a Java class that makes the TLS connection; give certificates and keys by "
                 "ssl.truststore.* "
                 "and ssl.keystore.*"},

    // Logging in.
    Joint("sasl.mechanism", "sasl.mechanisms"),
    Joint("sasl.mechanisms", "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER or GSSAPI"),
    Joint("sasl.jaas.config",
          "user and password, OAuth client, or Kerberos keytab, by the login module"),
    Joint("sasl.login.callback.handler.class", "Kafka's and Strimzi's own: OAuth by OIDC"),
    Joint("sasl.oauthbearer.jwt.retriever.class", "Kafka's own: sasl.oauthbearer.grant.type"),
    Joint("sasl.kerberos.kinit.cmd", "passed over if it is a path alone, as Java has it"),
    Renamed("sasl.oauthbearer.assertion.template.file",
            "sasl.oauthbearer.assertion.jwt.template.file"),
    Renamed("sasl.oauthbearer.client.credentials.client.id", "sasl.oauthbearer.client.id"),
    Renamed("sasl.oauthbearer.client.credentials.client.secret", "sasl.oauthbearer.client.secret"),
    Javas("sasl.client.callback.handler.class", kClasses),
    Javas("sasl.server.callback.handler.class", kClasses),
    Javas("sasl.login.class", kClasses),
    Javas("sasl.login.*", kTokens),
    Javas("sasl.kerberos.ticket.*", kTokens),
    Javas("sasl.oauthbearer.jwks.*", kValidation),
    Javas("sasl.oauthbearer.expected.*", kValidation),
    Javas("sasl.oauthbearer.jwt.validator.class", kValidation),
    Javas("sasl.oauthbearer.clock.skew.seconds", kValidation),
    Javas("sasl.oauthbearer.scope.claim.name", kValidation),
    Javas("sasl.oauthbearer.header.urlencode", "librdkafka encodes as the standard says"),
    Javas("config.providers", "${env:NAME} and ${file:PATH} are read by themselves"),
    Javas("config.providers.*", "${env:NAME} and ${file:PATH} are read by themselves"),

    // What other programs keep in the same file.
    ForRegistry("schema.registry.url", "where it is; --schema-registry wins"),
    ForRegistry("schema.registry.ssl.*", "PEM or PKCS#12, as ssl.* of brokers"),
    ForRegistry("schema.registry.basic.auth.*", "as basic.auth.*"),
    ForRegistry("schema.registry.bearer.auth.*", "as bearer.auth.*"),
    ForRegistry("basic.auth.credentials.source", "USER_INFO, URL or SASL_INHERIT"),
    ForRegistry("basic.auth.user.info", "user:password"),
    ForRegistry("bearer.auth.credentials.source", "STATIC_TOKEN alone"),
    ForRegistry("bearer.auth.token", "a token that does not end soon"),
    ForRegistry("bearer.auth.logical.cluster", "sent beside the token"),
    ForRegistry("bearer.auth.identity.pool.id", "sent beside the token"),
    Others("schema.registry.*", kRegistry),
    Others("schema.registry", kRegistry),
    Others("basic.auth.*", kRegistry),
    Others("bearer.auth.*", kRegistry),
    Others("auto.register.*", kRegistry),
    Others("use.latest.*", kRegistry),
    Others("use.schema.id", kRegistry),
    Others("latest.*", kRegistry),
    Others("normalize.schemas", kRegistry),
    Others("id.compatibility.strict", kRegistry),
    Others("max.schemas.per.subject", kRegistry),
    Others("avro.*", kRegistry),
    Others("protobuf.*", kRegistry),
    Others("json.*", kRegistry),
    Others("specific.*", kRegistry),
    Others("apicurio.*", kRegistry),
    Others("rule.*", kRegistry),
    Others("proxy.host", kRegistry),
    Others("proxy.port", kRegistry),
    Others("key.subject.name.strategy", kRegistry),
    Others("value.subject.name.strategy", kRegistry),
    Others("subject.name.strategy", kRegistry),
    Others("key.schema.id.serializer", kRegistry),
    Others("value.schema.id.serializer", kRegistry),
    Others("avroRecordType", "AWS Glue's registry"),
    Others("dataFormat", "AWS Glue's registry"),
    Others("registry.name", "AWS Glue's registry"),
    Others("schemaName", "AWS Glue's registry"),
    Others("schemaAutoRegistrationEnabled", "AWS Glue's registry"),
    Others("region", "AWS Glue's registry"),
    Others("endpoint", "AWS Glue's registry"),
    Others("compatibility", "AWS Glue's registry"),
    Others("key.serializer", kClasses),
    Others("value.serializer", kClasses),
    Others("key.deserializer", kClasses),
    Others("value.deserializer", kClasses),
    Others("key.serializer.*", kClasses),
    Others("value.serializer.*", kClasses),
    Others("key.deserializer.*", kClasses),
    Others("value.deserializer.*", kClasses),
    Others("key.converter", kClasses),
    Others("key.converter.*", kClasses),
    Others("value.converter", kClasses),
    Others("value.converter.*", kClasses),
    Others("interceptor.classes", kClasses),
    Others("metric.*", kMetrics),
    Others("metrics.*", kMetrics),
    Others("auto.include.jmx.reporter", kMetrics),
    Others("confluent.*", "Confluent's own clients, and monitoring"),
};

bool Covers(const PropertyRule& rule, std::string_view name) {
  if (!rule.name.ends_with('*')) return rule.name == name;
  return name.starts_with(rule.name.substr(0, rule.name.size() - 1));
}

std::string What(const PropertyRule& rule) {
  const std::string text(rule.text);
  switch (rule.treatment) {
    case kOurs: {
      std::string holds = text.empty() ? "cannot be set" : "only `" + text + "`";
      for (std::size_t at = holds.find('|'); at != std::string::npos; at = holds.find('|', at)) {
        holds.replace(at, 1, "`, `");
      }
      return holds;
    }
    case kRenamed:
      if (rule.form == ValueForm::kNumber) {
        return "`" + text + "`, from " + std::to_string(rule.least) + " to " +
               std::to_string(rule.most);
      }
      return "`" + text + "`";
    case kJoint:
      return std::string(rule.reason);
    case kSchemaRegistry:
      return "of formats that have a schema; else passed over";
    case kOthers:
    case kJavas:
      return "passed over";
    case kRefused:
      return "refused";
  }
  return {};
}

}  // namespace

// An exact name before a pattern.
const PropertyRule* FindPropertyRule(std::string_view name) {
  const auto exact = std::find_if(kRules.begin(), kRules.end(),
                                  [&](const PropertyRule& rule) { return rule.name == name; });
  if (exact != kRules.end()) return &*exact;
  const auto pattern = std::find_if(kRules.begin(), kRules.end(),
                                    [&](const PropertyRule& rule) { return Covers(rule, name); });
  return pattern == kRules.end() ? nullptr : &*pattern;
}

std::vector<std::string> NamesOfPropertyRules() {
  std::vector<std::string> names;
  for (const PropertyRule& rule : kRules) {
    if (!rule.name.ends_with('*')) names.emplace_back(rule.name);
  }
  return names;
}

std::string PropertyTable() {
  std::string table = "| property | what becomes of it | why |\n|---|---|---|\n";
  for (const PropertyRule& rule : kRules) {
    const bool told = rule.treatment == kJoint;
    table += "| `" + std::string(rule.name) + "` | " + What(rule) + " | " +
             (told ? "" : std::string(rule.reason)) + " |\n";
  }
  return table;
}

}  // namespace onceload
