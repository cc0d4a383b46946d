#include "kafka/answers.h"

#include <algorithm>
#include <array>

#include "onceload/kafka/answers_table.h"

namespace onceload {
namespace {

constexpr Cause kNetwork{Meaning::kPassing, "the network, or a broker that is starting or stopping",
                         ""};
constexpr Cause kNoAnswer{Meaning::kPassing, "no answer in time", ""};
constexpr Cause kLeader{Meaning::kPassing,
                        "a partition's leader is changing, or its broker does not know of it yet",
                        ""};
constexpr Cause kReplicas{Meaning::kPassing,
                          "fewer replicas are in sync than min.insync.replicas asks for", ""};
constexpr Cause kDisk{Meaning::kPassing, "a broker's disk, or its log directory", ""};
constexpr Cause kCoordinator{
    Meaning::kPassing,
    "the transaction coordinator is starting, moving, or ending the transaction before", ""};
constexpr Cause kDamaged{Meaning::kPassing, "a request was damaged on its way", ""};
constexpr Cause kQuota{Meaning::kPassing, "a quota", ""};
constexpr Cause kClientBusy{Meaning::kPassing, "the client has more than it can take now", ""};
constexpr Cause kFetchSession{Meaning::kPassing,
                              "a fetch session that the client makes anew by itself", ""};
constexpr Cause kNoError{Meaning::kPassing, "no error: a state that the client tells", ""};
constexpr Cause kProducerState{
    Meaning::kAnew, "the producer's state and the coordinator's differ: new producers settle it",
    ""};
constexpr Cause kUnacknowledged{Meaning::kAnew,
                                "messages were not acknowledged in the transaction's time", ""};
constexpr Cause kUnknownFailure{Meaning::kAnew, "the broker failed in a way that it does not tell",
                                ""};
constexpr Cause kFencing{
    Meaning::kFenced,
    "another producer of this transactional id is newer, or the transaction has timed out", ""};
constexpr Cause kRecordTime{
    Meaning::kRow, "the record's time is not within what the topic takes",
    "see message.timestamp.before.max.ms and message.timestamp.after.max.ms of the topic"};
constexpr Cause kRecordRule{
    Meaning::kRow, "the record breaks a rule of the topic: a key where it is compacted, a schema",
    "see cleanup.policy and the broker's validation of the topic"};
constexpr Cause kRecordSize{
    Meaning::kRow, "the record, or the request that it is in, is larger than the topic takes",
    "see max.message.bytes of the topic, and message.max.bytes of the client and the brokers"};
constexpr Cause kTopicRight{Meaning::kSetting, "a right on the topic is missing", "grant it"};
constexpr Cause kIdRight{Meaning::kSetting, "a right on the transactional id is missing",
                         "grant it"};
constexpr Cause kClusterRight{Meaning::kSetting, "a right on the cluster is missing",
                              "grant Create on Cluster for topics that are to be made, and before "
                              "Kafka 2.8 IdempotentWrite on Cluster"};
constexpr Cause kGroupRight{Meaning::kSetting, "a right on a group is missing",
                            "grant Read on Group"};
constexpr Cause kCredentials{Meaning::kSetting, "the brokers do not take the credentials",
                             "check sasl.username and sasl.password, or the certificate"};
constexpr Cause kMechanism{Meaning::kSetting, "the brokers do not offer this mechanism",
                           "check sasl.mechanism and security.protocol"};
constexpr Cause kTls{Meaning::kSetting, "TLS cannot be agreed on",
                     "check security.protocol, ssl.ca.location and the client's certificate"};
constexpr Cause kTransactionTime{Meaning::kSetting,
                                 "the transaction time-out is longer than the brokers allow",
                                 "lower -X transaction.timeout.ms and --chunk-ms, or raise "
                                 "transaction.max.timeout.ms on the brokers"};
constexpr Cause kTopicName{Meaning::kSetting, "the topic's name cannot be one",
                           "give another one: --topic, --progress-topic or --dead-letter-topic"};
constexpr Cause kPartitions{Meaning::kSetting, "the number of partitions cannot be had",
                            "give another one with --partitions"};
constexpr Cause kReplicationFactor{
    Meaning::kSetting, "there are not as many brokers as replicas are asked for",
    "use --replication-factor with no more than there are brokers: 1 for one broker"};
constexpr Cause kTopicSetting{Meaning::kSetting,
                              "a setting of a topic that the brokers do not take",
                              "correct --topic-config"};
constexpr Cause kProperty{Meaning::kSetting, "a property of the client's is wrong",
                          "correct it in -X or the properties file"};
constexpr Cause kMachine{Meaning::kSetting,
                         "the machine has too little memory, or too few threads or files",
                         "raise the limits: ulimit -v, -u and -n"};
constexpr Cause kUnknownRequest{
    Meaning::kService, "these brokers do not know the request, or not this version of it",
    "use Apache Kafka 0.11 or newer, or a service that offers transactions (docs/services.md)"};
constexpr Cause kOldFormat{Meaning::kService, "the topic keeps its records in a format before 0.11",
                           "raise the topic's message.format.version to 0.11 or newer"};
constexpr Cause kCompression{
    Meaning::kService, "the brokers do not take this compression",
    "use another one: -X compression.type=none, gzip, snappy, lz4 or zstd"};
constexpr Cause kWrongRequest{Meaning::kOurs, "a request of onceload's is wrong", ""};
constexpr Cause kUnreadable{Meaning::kOurs, "what a broker sent cannot be read", ""};
constexpr Cause kGone{Meaning::kSetting, "records that were there are there no more",
                      "see retention.ms and retention.bytes of the topic"};
constexpr Cause kGroups{Meaning::kOurs, "consumer groups, of which onceload has none", ""};
constexpr Cause kNotMade{Meaning::kOurs, "a request that onceload does not make", ""};

constexpr std::array kAnswers{
    Answer{-195, "_TRANSPORT", kNetwork},
    Answer{-193, "_RESOLVE", kNetwork},
    Answer{-187, "_ALL_BROKERS_DOWN", kNetwork},
    Answer{13, "NETWORK_EXCEPTION", kNetwork},
    Answer{8, "BROKER_NOT_AVAILABLE", kNetwork},
    Answer{-137, "_DESTROY_BROKER", kNetwork},
    Answer{-146, "_UNKNOWN_BROKER", kNetwork},
    Answer{-182, "_NODE_UPDATE", kNetwork},
    Answer{129, "REBOOTSTRAP_REQUIRED", kNetwork},
    Answer{-185, "_TIMED_OUT", kNoAnswer},
    Answer{-166, "_TIMED_OUT_QUEUE", kNoAnswer},
    Answer{7, "REQUEST_TIMED_OUT", kNoAnswer},
    Answer{-196, "_FAIL", kNoAnswer},
    Answer{-163, "_INTR", kNoAnswer},
    Answer{-153, "_RETRY", kNoAnswer},
    Answer{3, "UNKNOWN_TOPIC_OR_PART", kLeader},
    Answer{5, "LEADER_NOT_AVAILABLE", kLeader},
    Answer{6, "NOT_LEADER_FOR_PARTITION", kLeader},
    Answer{9, "REPLICA_NOT_AVAILABLE", kLeader},
    Answer{11, "STALE_CTRL_EPOCH", kLeader},
    Answer{41, "NOT_CONTROLLER", kLeader},
    Answer{74, "FENCED_LEADER_EPOCH", kLeader},
    Answer{75, "UNKNOWN_LEADER_EPOCH", kLeader},
    Answer{77, "STALE_BROKER_EPOCH", kLeader},
    Answer{78, "OFFSET_NOT_AVAILABLE", kLeader},
    Answer{80, "PREFERRED_LEADER_NOT_AVAILABLE", kLeader},
    Answer{83, "ELIGIBLE_LEADERS_NOT_AVAILABLE", kLeader},
    Answer{60, "REASSIGNMENT_IN_PROGRESS", kLeader},
    Answer{72, "LISTENER_NOT_FOUND", kLeader},
    Answer{100, "UNKNOWN_TOPIC_ID", kLeader},
    Answer{103, "INCONSISTENT_TOPIC_ID", kLeader},
    Answer{107, "INELIGIBLE_REPLICA", kLeader},
    Answer{108, "NEW_LEADER_ELECTED", kLeader},
    Answer{109, "OFFSET_MOVED_TO_TIERED_STORAGE", kLeader},
    Answer{102, "BROKER_ID_NOT_REGISTERED", kLeader},
    Answer{116, "UNKNOWN_CONTROLLER_ID", kLeader},
    Answer{-190, "_UNKNOWN_PARTITION", kLeader},
    Answer{-188, "_UNKNOWN_TOPIC", kLeader},
    Answer{19, "NOT_ENOUGH_REPLICAS", kReplicas},
    Answer{20, "NOT_ENOUGH_REPLICAS_AFTER_APPEND", kReplicas},
    Answer{-183, "_ISR_INSUFF", kReplicas},
    Answer{56, "KAFKA_STORAGE_ERROR", kDisk},
    Answer{57, "LOG_DIR_NOT_FOUND", kDisk},
    Answer{14, "COORDINATOR_LOAD_IN_PROGRESS", kCoordinator},
    Answer{15, "COORDINATOR_NOT_AVAILABLE", kCoordinator},
    Answer{16, "NOT_COORDINATOR", kCoordinator},
    Answer{51, "CONCURRENT_TRANSACTIONS", kCoordinator},
    Answer{52, "TRANSACTION_COORDINATOR_FENCED", kCoordinator},
    Answer{-180, "_WAIT_COORD", kCoordinator},
    Answer{88, "UNSTABLE_OFFSET_COMMIT", kCoordinator},
    Answer{2, "INVALID_MSG", kDamaged},
    Answer{89, "THROTTLING_QUOTA_EXCEEDED", kQuota},
    Answer{-184, "_QUEUE_FULL", kClientBusy},
    Answer{-164, "_WAIT_CACHE", kClientBusy},
    Answer{-178, "_IN_PROGRESS", kClientBusy},
    Answer{-177, "_PREV_IN_PROGRESS", kClientBusy},
    Answer{-158, "_PARTIAL", kClientBusy},
    Answer{70, "FETCH_SESSION_ID_NOT_FOUND", kFetchSession},
    Answer{71, "INVALID_FETCH_SESSION_EPOCH", kFetchSession},
    Answer{106, "FETCH_SESSION_TOPIC_ID_ERROR", kFetchSession},
    Answer{0, "NO_ERROR", kNoError},
    Answer{-191, "_PARTITION_EOF", kNoError},
    Answer{-167, "_OUTDATED", kNoError},
    Answer{-141, "_NOOP", kNoError},
    Answer{-168, "_NO_OFFSET", kNoError},
    Answer{36, "TOPIC_ALREADY_EXISTS", kNoError},
    Answer{45, "OUT_OF_ORDER_SEQUENCE_NUMBER", kProducerState},
    Answer{46, "DUPLICATE_SEQUENCE_NUMBER", kProducerState},
    Answer{48, "INVALID_TXN_STATE", kProducerState},
    Answer{49, "INVALID_PRODUCER_ID_MAPPING", kProducerState},
    Answer{59, "UNKNOWN_PRODUCER_ID", kProducerState},
    Answer{55, "OPERATION_NOT_ATTEMPTED", kProducerState},
    Answer{120, "TRANSACTION_ABORTABLE", kProducerState},
    Answer{105, "TRANSACTIONAL_ID_NOT_FOUND", kProducerState},
    Answer{-172, "_STATE", kProducerState},
    Answer{-173, "_CONFLICT", kProducerState},
    Answer{-150, "_FATAL", kProducerState},
    Answer{-149, "_INCONSISTENT", kProducerState},
    Answer{-148, "_GAPLESS_GUARANTEE", kProducerState},
    Answer{-192, "_MSG_TIMED_OUT", kUnacknowledged},
    Answer{-152, "_PURGE_QUEUE", kUnacknowledged},
    Answer{-151, "_PURGE_INFLIGHT", kUnacknowledged},
    Answer{-138, "_INVALID_DIFFERENT_RECORD", kUnacknowledged},
    Answer{-197, "_DESTROY", kUnacknowledged},
    Answer{-1, "UNKNOWN", kUnknownFailure},
    Answer{47, "INVALID_PRODUCER_EPOCH", kFencing},
    Answer{90, "PRODUCER_FENCED", kFencing},
    Answer{-144, "_FENCED", kFencing},
    Answer{32, "INVALID_TIMESTAMP", kRecordTime},
    Answer{87, "INVALID_RECORD", kRecordRule},
    Answer{10, "MSG_SIZE_TOO_LARGE", kRecordSize},
    Answer{18, "RECORD_LIST_TOO_LARGE", kRecordSize},
    Answer{4, "INVALID_MSG_SIZE", kRecordSize},
    Answer{29, "TOPIC_AUTHORIZATION_FAILED", kTopicRight},
    Answer{53, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", kIdRight},
    Answer{31, "CLUSTER_AUTHORIZATION_FAILED", kClusterRight},
    Answer{30, "GROUP_AUTHORIZATION_FAILED", kGroupRight},
    Answer{58, "SASL_AUTHENTICATION_FAILED", kCredentials},
    Answer{-169, "_AUTHENTICATION", kCredentials},
    Answer{93, "UNACCEPTABLE_CREDENTIAL", kCredentials},
    Answer{97, "PRINCIPAL_DESERIALIZATION_FAILURE", kCredentials},
    Answer{61, "DELEGATION_TOKEN_AUTH_DISABLED", kCredentials},
    Answer{62, "DELEGATION_TOKEN_NOT_FOUND", kCredentials},
    Answer{63, "DELEGATION_TOKEN_OWNER_MISMATCH", kCredentials},
    Answer{64, "DELEGATION_TOKEN_REQUEST_NOT_ALLOWED", kCredentials},
    Answer{65, "DELEGATION_TOKEN_AUTHORIZATION_FAILED", kCredentials},
    Answer{66, "DELEGATION_TOKEN_EXPIRED", kCredentials},
    Answer{33, "UNSUPPORTED_SASL_MECHANISM", kMechanism},
    Answer{34, "ILLEGAL_SASL_STATE", kMechanism},
    Answer{54, "SECURITY_DISABLED", kMechanism},
    Answer{-181, "_SSL", kTls},
    Answer{50, "INVALID_TRANSACTION_TIMEOUT", kTransactionTime},
    Answer{17, "TOPIC_EXCEPTION", kTopicName},
    Answer{37, "INVALID_PARTITIONS", kPartitions},
    Answer{38, "INVALID_REPLICATION_FACTOR", kReplicationFactor},
    Answer{39, "INVALID_REPLICA_ASSIGNMENT", kReplicationFactor},
    Answer{40, "INVALID_CONFIG", kTopicSetting},
    Answer{44, "POLICY_VIOLATION", kTopicSetting},
    Answer{-186, "_INVALID_ARG", kProperty},
    Answer{-145, "_NOT_CONFIGURED", kProperty},
    Answer{-189, "_FS", kProperty},
    Answer{-156, "_NOENT", kProperty},
    Answer{-194, "_CRIT_SYS_RESOURCE", kMachine},
    Answer{35, "UNSUPPORTED_VERSION", kUnknownRequest},
    Answer{-165, "_UNSUPPORTED_FEATURE", kUnknownRequest},
    Answer{-171, "_UNKNOWN_PROTOCOL", kUnknownRequest},
    Answer{-170, "_NOT_IMPLEMENTED", kUnknownRequest},
    Answer{115, "UNSUPPORTED_ENDPOINT_TYPE", kUnknownRequest},
    Answer{114, "MISMATCHED_ENDPOINT_TYPE", kUnknownRequest},
    Answer{43, "UNSUPPORTED_FOR_MESSAGE_FORMAT", kOldFormat},
    Answer{76, "UNSUPPORTED_COMPRESSION_TYPE", kCompression},
    Answer{-198, "_BAD_COMPRESSION", kCompression},
    Answer{42, "INVALID_REQUEST", kWrongRequest},
    Answer{21, "INVALID_REQUIRED_ACKS", kWrongRequest},
    Answer{-157, "_READ_ONLY", kWrongRequest},
    Answer{-154, "_INVALID_TYPE", kWrongRequest},
    Answer{-143, "_APPLICATION", kWrongRequest},
    Answer{-162, "_KEY_SERIALIZATION", kWrongRequest},
    Answer{-161, "_VALUE_SERIALIZATION", kWrongRequest},
    Answer{-199, "_BAD_MSG", kUnreadable},
    Answer{-155, "_UNDERFLOW", kUnreadable},
    Answer{-160, "_KEY_DESERIALIZATION", kUnreadable},
    Answer{-159, "_VALUE_DESERIALIZATION", kUnreadable},
    Answer{1, "OFFSET_OUT_OF_RANGE", kGone},
    Answer{-140, "_AUTO_OFFSET_RESET", kGone},
    Answer{-139, "_LOG_TRUNCATION", kGone},
    Answer{99, "POSITION_OUT_OF_RANGE", kGone},
    Answer{12, "OFFSET_METADATA_TOO_LARGE", kGroups},
    Answer{22, "ILLEGAL_GENERATION", kGroups},
    Answer{23, "INCONSISTENT_GROUP_PROTOCOL", kGroups},
    Answer{24, "INVALID_GROUP_ID", kGroups},
    Answer{25, "UNKNOWN_MEMBER_ID", kGroups},
    Answer{26, "INVALID_SESSION_TIMEOUT", kGroups},
    Answer{27, "REBALANCE_IN_PROGRESS", kGroups},
    Answer{28, "INVALID_COMMIT_OFFSET_SIZE", kGroups},
    Answer{68, "NON_EMPTY_GROUP", kGroups},
    Answer{69, "GROUP_ID_NOT_FOUND", kGroups},
    Answer{79, "MEMBER_ID_REQUIRED", kGroups},
    Answer{81, "GROUP_MAX_SIZE_REACHED", kGroups},
    Answer{82, "FENCED_INSTANCE_ID", kGroups},
    Answer{86, "GROUP_SUBSCRIBED_TO_TOPIC", kGroups},
    Answer{110, "FENCED_MEMBER_EPOCH", kGroups},
    Answer{111, "UNRELEASED_INSTANCE_ID", kGroups},
    Answer{112, "UNSUPPORTED_ASSIGNOR", kGroups},
    Answer{113, "STALE_MEMBER_EPOCH", kGroups},
    Answer{121, "INVALID_RECORD_STATE", kGroups},
    Answer{122, "SHARE_SESSION_NOT_FOUND", kGroups},
    Answer{123, "INVALID_SHARE_SESSION_EPOCH", kGroups},
    Answer{124, "FENCED_STATE_EPOCH", kGroups},
    Answer{128, "INVALID_REGULAR_EXPRESSION", kGroups},
    Answer{130, "STREAMS_INVALID_TOPOLOGY", kGroups},
    Answer{131, "STREAMS_INVALID_TOPOLOGY_EPOCH", kGroups},
    Answer{132, "STREAMS_TOPOLOGY_FENCED", kGroups},
    Answer{133, "SHARE_SESSION_LIMIT_REACHED", kGroups},
    Answer{-179, "_UNKNOWN_GROUP", kGroups},
    Answer{-176, "_EXISTING_SUBSCRIPTION", kGroups},
    Answer{-175, "_ASSIGN_PARTITIONS", kGroups},
    Answer{-174, "_REVOKE_PARTITIONS", kGroups},
    Answer{-147, "_MAX_POLL_EXCEEDED", kGroups},
    Answer{-142, "_ASSIGNMENT_LOST", kGroups},
    Answer{67, "INVALID_PRINCIPAL_TYPE", kNotMade},
    Answer{73, "TOPIC_DELETION_DISABLED", kNotMade},
    Answer{84, "ELECTION_NOT_NEEDED", kNotMade},
    Answer{85, "NO_REASSIGNMENT_IN_PROGRESS", kNotMade},
    Answer{91, "RESOURCE_NOT_FOUND", kNotMade},
    Answer{92, "DUPLICATE_RESOURCE", kNotMade},
    Answer{94, "INCONSISTENT_VOTER_SET", kNotMade},
    Answer{95, "INVALID_UPDATE_VERSION", kNotMade},
    Answer{96, "FEATURE_UPDATE_FAILED", kNotMade},
    Answer{98, "SNAPSHOT_NOT_FOUND", kNotMade},
    Answer{101, "DUPLICATE_BROKER_REGISTRATION", kNotMade},
    Answer{104, "INCONSISTENT_CLUSTER_ID", kNotMade},
    Answer{117, "UNKNOWN_SUBSCRIPTION_ID", kNotMade},
    Answer{118, "TELEMETRY_TOO_LARGE", kNotMade},
    Answer{119, "INVALID_REGISTRATION", kNotMade},
    Answer{125, "INVALID_VOTER_KEY", kNotMade},
    Answer{126, "DUPLICATE_VOTER", kNotMade},
    Answer{127, "VOTER_NOT_FOUND", kNotMade},
};

constexpr std::string_view kTransactionsAdvice =
    "a load is made of transactions: use Apache Kafka 0.11 or newer, or a service or tier that "
    "offers them (docs/services.md)";

// What the same code means to one request alone.
struct Exception {
  int code;
  Asked asked;
  Cause cause;
};

constexpr Cause kNoTransactions{Meaning::kService, "these brokers offer no transactions",
                                kTransactionsAdvice};
constexpr Cause kSentTime{
    Meaning::kSetting, "the topic does not take the time of sending",
    "compare the clocks of this machine and the brokers, and see message.timestamp.before.max.ms "
    "and message.timestamp.after.max.ms of the topic"};

constexpr std::array kExceptions{
    // Event Hubs' lesser tiers, Redpanda without enable_transactions, and what has no coordinator
    // of this kind.
    Exception{42, Asked::kCoordinator, kNoTransactions},
    Exception{35, Asked::kCoordinator, kNoTransactions},
    Exception{-165, Asked::kCoordinator, kNoTransactions},
    Exception{-170, Asked::kCoordinator, kNoTransactions},
    Exception{42, Asked::kEndOfTransaction, kNoTransactions},
    Exception{35, Asked::kEndOfTransaction, kNoTransactions},
    Exception{32, Asked::kSendOwnTime, kSentTime},
    // As brokers before 2.4 refuse a record without key on a compacted topic.
    Exception{42, Asked::kTopicToBeMade, kTopicSetting},
};

constexpr Cause kUnknownCode{Meaning::kService,
                             "an answer that this version of onceload does not know",
                             "use a newer onceload"};

std::string_view NameOf(Meaning meaning) {
  switch (meaning) {
    case Meaning::kPassing:
      return "passing";
    case Meaning::kAnew:
      return "passing, with new producers";
    case Meaning::kFenced:
      return "fenced";
    case Meaning::kRow:
      return "the row's";
    case Meaning::kSetting:
      return "a setting's or right's";
    case Meaning::kService:
      return "the service's";
    case Meaning::kOurs:
      return "a bug";
  }
  return "";
}

std::string_view EndOf(Meaning meaning) {
  switch (meaning) {
    case Meaning::kPassing:
    case Meaning::kAnew:
      return "waits, up to --retry-budget";
    case Meaning::kFenced:
      return "exit 6 if another loader has taken over, else goes on";
    case Meaning::kRow:
      return "as --on-error says";
    case Meaning::kSetting:
    case Meaning::kService:
      return "exit 2 at once";
    case Meaning::kOurs:
      return "exit 70 at once";
  }
  return "";
}

std::string_view NameOf(Asked asked) {
  switch (asked) {
    case Asked::kCoordinator:
      return " (FindCoordinator, InitProducerId)";
    case Asked::kEndOfTransaction:
      return " (EndTxn)";
    case Asked::kSendOwnTime:
      return " (Produce, of a record without a time of its own)";
    case Asked::kTopicToBeMade:
      return " (CreateTopics)";
    case Asked::kAnything:
      break;
  }
  return "";
}

std::string RowOf(int code, std::string_view name, Asked asked, const Cause& cause) {
  return "| " + std::to_string(code) + " | `" + std::string(name) + "`" +
         std::string(NameOf(asked)) + " | " + std::string(cause.what) + " | " +
         std::string(NameOf(cause.meaning)) + " | " + std::string(EndOf(cause.meaning)) + " | " +
         std::string(cause.remedy) + " |\n";
}

const Answer* Find(int code) {
  const auto found = std::find_if(kAnswers.begin(), kAnswers.end(),
                                  [&](const Answer& answer) { return answer.code == code; });
  return found == kAnswers.end() ? nullptr : &*found;
}

}  // namespace

const Cause& CauseOf(int code, Asked asked) {
  for (const Exception& exception : kExceptions) {
    if (exception.code == code && exception.asked == asked) return exception.cause;
  }
  const Answer* const answer = Find(code);
  return answer == nullptr ? kUnknownCode : answer->cause;
}

bool IsFailedLogin(int code) {
  constexpr int kAuthentication = -169;
  constexpr int kSsl = -181;
  return code == kAuthentication || code == kSsl;
}

Outcome Hopeless(Verdict verdict, const Cause& cause, std::string text) {
  if (text.find(cause.what) == std::string::npos) text = std::string(cause.what) + ": " + text;
  return {verdict, std::move(text), std::string(cause.remedy)};
}

std::optional<std::string_view> CodeName(int code) {
  const Answer* const answer = Find(code);
  if (answer == nullptr) return std::nullopt;
  return answer->name;
}

std::optional<int> CodeNamed(std::string_view name) {
  const auto found = std::find_if(kAnswers.begin(), kAnswers.end(),
                                  [&](const Answer& answer) { return answer.name == name; });
  if (found == kAnswers.end()) return std::nullopt;
  return found->code;
}

std::string AnswersTable() {
  std::string table =
      "| code | name | what it is | whose it is | the load | what mends it |\n"
      "|---|---|---|---|---|---|\n";
  for (const Answer& answer : kAnswers) {
    table += RowOf(answer.code, answer.name, Asked::kAnything, answer.cause);
  }
  for (const Exception& exception : kExceptions) {
    table += RowOf(exception.code, CodeName(exception.code).value_or(""), exception.asked,
                   exception.cause);
  }
  return table;
}

}  // namespace onceload
