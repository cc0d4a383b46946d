#include "onceload/doctor/doctor.h"

#include <algorithm>
#include <map>
#include <optional>

#include "doctor/reach.h"
#include "doctor/sample.h"
#include "doctor/state_place.h"
#include "onceload/core/error.h"
#include "onceload/core/text.h"
#include "onceload/kafka/cluster.h"
#include "onceload/kafka/cluster_probe.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/kafka/transactional_producer.h"
#include "onceload/preflight/guarantee_check.h"

namespace onceload {
namespace {

constexpr Duration kConnectWait{3'000};  // to one address; a far one answers within a second

// Sent to the target within a transaction that is aborted: more than ten seconds of a quota of
// 100 kB/s, which a load would hardly bear.
constexpr std::size_t kTrialBytes = 1'500'000;
constexpr std::size_t kTrialMessageBytes = 50'000;
constexpr std::size_t kTrialMessageLeast = 100;

// Tokens and certificates have minutes; rows' times, the brokers' limit of an hour.
constexpr Duration kSkewMost{30'000};

// A quota's answer to so little: more is an outage to a load.
constexpr Duration kThrottleMost{500};

// A broker's version by its newest Produce request.
struct Release {
  int produce;
  const char* name;
};
constexpr Release kReleases[] = {{13, "4.1 or newer"}, {12, "4.0"},       {11, "3.8 or 3.9"},
                                 {10, "3.7"},          {9, "2.8 to 3.6"}, {8, "2.4 to 2.7"},
                                 {7, "2.1 to 2.3"},    {6, "2.0"},        {5, "1.0 or 1.1"},
                                 {3, "0.11"}};

// What brokers say of themselves where nobody has told them otherwise.
bool IsThisMachine(const std::string& host) {
  return host == "localhost" || host.starts_with("127.") || host == "::1";
}
constexpr char kNotThisMachine[] =
    "that is this machine itself, or this container: have advertised.listeners of that broker name "
    "it as it is reached from here (from a container, its service or host.docker.internal)";

class Examination {
 public:
  Examination(const DoctorRequest& request, RunContext& context)
      : request_(request), context_(context) {}

  std::vector<HealthCheck> Run() {
    for (HealthCheck& check : ExamineStatePlace(request_.state)) Add(std::move(check));
    ExamineSample();
    ExamineRegistry();
    ExamineCluster();
    return std::move(checks_);
  }

 private:
  void Add(HealthCheck check) { checks_.push_back(std::move(check)); }
  void Ok(const std::string& about, const std::string& found) {
    Add({about, Health::kOk, found, ""});
  }
  void Warn(const std::string& about, const std::string& found, const std::string& remedy) {
    Add({about, Health::kWarning, found, remedy});
  }
  void Problem(const std::string& about, const std::string& found, const std::string& remedy) {
    Add({about, Health::kProblem, found, remedy});
  }

  // Until it is something else than kPending, for request_.wait.
  template <typename Call>
  Outcome Within(Call&& call) {
    const Duration until = context_.clock.Now() + request_.wait;
    for (;;) {
      Outcome outcome = call(std::min(request_.wait, Duration{2'000}));
      if (outcome.verdict != Verdict::kPending || context_.clock.Now() >= until ||
          context_.stop.load()) {
        return outcome;
      }
      context_.clock.Sleep(Duration{100});
    }
  }

  void ExamineSample();
  void ExamineRegistry();
  void ExamineCluster();
  bool ExamineAddresses();
  void ExamineVersions();
  void ExamineTopics();
  std::optional<TopicFacts> Look(const std::string& topic, const std::string& about);
  void ExamineSettings(const Destination& to);
  void ExamineLimits();
  void ExamineRights();
  void ExamineWrite(const std::string& topic, std::size_t bytes, std::int64_t bytes_max);
  void ExamineReading();
  void ExamineClock();

  const DoctorRequest& request_;
  RunContext& context_;
  std::vector<HealthCheck> checks_;
  std::unique_ptr<ClusterProbe> probe_;
  std::unique_ptr<Cluster> cluster_;
  std::optional<TopicFacts> target_;
  std::optional<TopicFacts> progress_;
  std::optional<TopicFacts> dead_letters_;
  LongestRow longest_;
  std::vector<WriteTried> tried_;
};

void Examination::ExamineSample() {
  if (request_.samples.empty()) return;
  try {
    longest_ = LongestRowOf(request_.samples, request_.rows, request_.record_bytes_max);
  } catch (const Error& error) {
    return Problem("sample", std::string(error.what()) + ": " + error.where(), error.advice());
  }
  const std::string rows = std::to_string(longest_.rows) + " rows";
  if (longest_.rejected > 0) {
    return Warn("sample",
                std::to_string(longest_.rejected) + " of " + rows +
                    " cannot be loaded; the first: " + longest_.first_rejected,
                "mend them, or load with --on-error skip or dead-letter; onceload plan shows more");
  }
  Ok("sample", rows + " can be loaded");
}

void Examination::ExamineRegistry() {
  const std::string url = request_.config.RegistryProperty("url");
  if (url.empty()) return;
  const UrlAddress address = AddressOf(url);
  const std::string where = address.host + ":" + address.port;
  const std::string why = WhyUnreachable(address.host, address.port, kConnectWait);
  if (why.empty()) return Ok("registry", where + " can be reached");
  Warn("registry", where + " cannot be reached: " + why,
       "a new load of a format with a schema asks it, and so may readers: correct "
       "schema.registry.url");
}

void Examination::ExamineCluster() {
  try {
    probe_ = std::make_unique<ClusterProbe>(request_.config);
    cluster_ = std::make_unique<Cluster>(request_.config);
  } catch (const Error& error) {
    return Problem("properties", std::string(error.what()) + ": " + error.where(), error.advice());
  }
  if (!ExamineAddresses()) return;
  ExamineVersions();
  ExamineTopics();
  ExamineLimits();
  ExamineRights();
  ExamineReading();
  ExamineClock();
}

// All that follows needs a broker that answers; a load needs all of them.
bool Examination::ExamineAddresses() {
  std::vector<BrokerAddress> brokers;
  const Outcome outcome = Within([&](Duration wait) { return probe_->Brokers(wait, brokers); });
  if (!outcome.done()) {
    Problem("connect", request_.config.bootstrap() + ": " + outcome.detail,
            !outcome.advice.empty() ? outcome.advice
            : outcome.verdict == Verdict::kDenied
                ? "correct user, password, mechanism or certificates in the client properties"
            : IsThisMachine(request_.config.bootstrap().substr(
                  0, request_.config.bootstrap().find_last_of(':')))
                ? "is a broker running here, on that port? From a container, localhost is the "
                  "container itself: name the broker's service or host.docker.internal with -b"
                : "check -b and the network; a TLS port needs security.protocol=SSL or SASL_SSL");
    return false;
  }
  Ok("connect", request_.config.bootstrap() + " answers, of " + std::to_string(brokers.size()) +
                    (brokers.size() == 1 ? " broker" : " brokers"));
  std::size_t reached = 0;
  for (const BrokerAddress& broker : brokers) {
    const std::string port = std::to_string(broker.port);
    const std::string why = WhyUnreachable(broker.host, port, kConnectWait);
    if (why.empty()) {
      ++reached;
      continue;
    }
    Problem("addresses",
            "broker " + std::to_string(broker.id) + " says it is at " + broker.host + ":" + port +
                ", which cannot be reached from here: " + why,
            IsThisMachine(broker.host) ? kNotThisMachine
                                       : "correct advertised.listeners of that broker, or this "
                                         "machine's names and routes");
  }
  if (reached == brokers.size()) Ok("addresses", "all that the brokers tell can be reached");
  return reached > 0;
}

void Examination::ExamineVersions() {
  const std::map<std::string, int> requests = probe_->Requests();
  if (requests.empty()) return;
  const auto produce = requests.find("Produce");
  std::string version = "older than 0.11";
  for (const Release& release : kReleases) {
    if (produce != requests.end() && produce->second >= release.produce) {
      version = release.name;
      break;
    }
  }
  for (const char* needed : {"InitProducerId", "AddPartitionsToTxn", "EndTxn"}) {
    if (requests.contains(needed)) continue;
    return Problem("versions",
                   "these brokers have no transactions (no " + std::string(needed) + " request)",
                   "use Apache Kafka 0.11 or newer, or a service that has transactions");
  }
  std::string missing;
  for (const char* wanted : {"DescribeConfigs", "CreateTopics"}) {
    if (!requests.contains(wanted)) missing += (missing.empty() ? "" : ", ") + std::string(wanted);
  }
  if (!missing.empty()) {
    return Warn("versions", "like Kafka " + version + ", without " + missing,
                "a load works; settings cannot be checked or topics not be made");
  }
  Ok("versions", "like Kafka " + version + ", with transactions");
}

std::optional<TopicFacts> Examination::Look(const std::string& topic, const std::string& about) {
  std::optional<TopicFacts> facts;
  const Outcome outcome =
      Within([&](Duration wait) { return cluster_->Describe(topic, wait, facts); });
  if (!outcome.done()) Problem(about, outcome.detail, "grant what is missing to the load's user");
  return facts;
}

void Examination::ExamineTopics() {
  const std::size_t before = checks_.size();
  target_ = Look(request_.topic, "topics");
  if (!target_ && checks_.size() == before) {
    Problem("topics", "there is no topic " + request_.topic,
            "check --topic, or load with --create-topic");
  }
  progress_ = Look(request_.progress_topic, "topics");
  if (!progress_ && checks_.size() == before) {
    Ok("topics", request_.progress_topic + " is not there yet: the first load makes it");
  }
  if (progress_ && progress_->partitions < kProgressPartitions) {
    Problem("topics",
            "progress topic " + request_.progress_topic + " has " +
                std::to_string(progress_->partitions) + " partitions and needs " +
                std::to_string(kProgressPartitions),
            "name another one with --progress-topic");
  }
  if (!request_.dead_letter_topic.empty()) {
    dead_letters_ = Look(request_.dead_letter_topic, "topics");
  }
  if (target_) {
    Ok("topics", request_.topic + " has " + std::to_string(target_->partitions) + " partitions");
  }
  Destination to;
  if (target_) to.target = *target_;
  if (progress_) to.progress = *progress_;
  to.dead_letters = dead_letters_;
  static_cast<void>(
      Within([&](Duration wait) { return cluster_->DescribeBrokers(wait, to.brokers); }));
  std::optional<TopicFacts> transactions;
  static_cast<void>(Within([&](Duration wait) {
    return cluster_->Describe(kTransactionTopic, wait, transactions, Cluster::Missing::kAtOnce);
  }));
  if (transactions) to.transactions = *transactions;
  to.transactions.name = kTransactionTopic;
  if (target_) ExamineSettings(to);
}

void Examination::ExamineSettings(const Destination& to) {
  LoadNeeds needs;
  needs.transaction_timeout = TransactionTimeout(request_.config);
  std::size_t told = 0;
  for (const Weakness& weakness : FindWeaknesses(to, needs, /*strict=*/true)) {
    const bool unmade = weakness.fact.find("topic  has") == 0 ||
                        (weakness.fact.find("cannot be seen") != std::string::npos &&
                         weakness.fact.find(kTransactionTopic) != std::string::npos);
    if (unmade) continue;  // of topics that the first load makes
    ++told;
    const std::size_t cut = weakness.why.rfind("; ");
    Warn("settings", weakness.fact + ": " + weakness.why.substr(0, cut),
         cut == std::string::npos ? weakness.why : weakness.why.substr(cut + 2));
  }
  if (told == 0) Ok("settings", "none that weakens the guarantee");
}

void Examination::ExamineLimits() {
  if (!target_ || longest_.row == 0) return;
  const std::string row = "row " + std::to_string(longest_.row) + " of " + longest_.file +
                          " needs " + std::to_string(longest_.bytes) + " bytes; ";
  const std::string limit = "max.message.bytes of " + request_.topic + " is " +
                            std::to_string(target_->message_bytes_max);
  if (longest_.bytes > target_->message_bytes_max) {
    return Problem("limits", row + limit,
                   "raise it to " + std::to_string(longest_.bytes) +
                       " or more, or load with --on-error skip or dead-letter");
  }
  Ok("limits", row + limit);
}

void Examination::ExamineRights() {
  const Outcome begun = Within([&](Duration wait) {
    return probe_->BeginTransactions(request_.transactional_id, std::max(wait, request_.wait));
  });
  if (!begun.done()) {
    return Problem(
        "rights", "no transaction can be begun: " + begun.detail,
        begun.verdict == Verdict::kDenied
            ? "grant Write and Describe on TransactionalId, prefix " +
                  request_.transactional_id.substr(0, request_.transactional_id.find("doctor"))
            : "look at __transaction_state and its brokers");
  }
  if (target_) ExamineWrite(request_.topic, kTrialBytes, target_->message_bytes_max);
  if (progress_) ExamineWrite(request_.progress_topic, 1, progress_->message_bytes_max);
  if (dead_letters_) ExamineWrite(request_.dead_letter_topic, 1, dead_letters_->message_bytes_max);
}

void Examination::ExamineWrite(const std::string& topic, std::size_t bytes,
                               std::int64_t bytes_max) {
  const std::size_t message =
      std::clamp(static_cast<std::size_t>(bytes_max / 2), kTrialMessageLeast, kTrialMessageBytes);
  const WriteTried tried = probe_->TryWrite(topic, bytes, std::min(message, bytes), request_.wait);
  tried_.push_back(tried);
  if (tried.outcome.verdict == Verdict::kDenied) {
    return Problem("rights", topic + " cannot be written: " + tried.outcome.detail,
                   "grant it to the load's user; docs/architecture.md lists what a load needs");
  }
  if (!tried.outcome.done()) {
    const bool slow = tried.throttled > kThrottleMost;
    if (!slow) {
      return Problem("rights", topic + " cannot be written: " + tried.outcome.detail,
                     "look at the topic's brokers, and at its settings");
    }
  } else {
    Ok("rights", topic + ": a transaction was written and aborted");
  }
  if (tried.throttled > kThrottleMost) {
    Warn("quotas",
         "the brokers hold this client back for " + std::to_string(tried.throttled.count()) +
             " ms after " + std::to_string(bytes) + " bytes: a quota of its user or client id",
         "raise producer_byte_rate, or load with --max-rate and a smaller --chunk-bytes");
  } else if (bytes > 1) {
    Ok("quotas", "none that is felt at " + std::to_string(bytes) + " bytes");
  }
}

void Examination::ExamineReading() {
  if (!progress_ || progress_->partitions < kProgressPartitions) return;
  const auto log = MakeRdkafkaProgressLog(request_.config, request_.progress_topic);
  std::optional<ProgressRecord> record;
  const Outcome outcome =
      Within([&](Duration wait) { return log->Latest(request_.transactional_id, wait, record); });
  if (outcome.done()) {
    return Ok("rights", request_.progress_topic + " can be read");
  }
  Problem("rights", request_.progress_topic + " cannot be read: " + outcome.detail,
          outcome.verdict == Verdict::kDenied ? "grant Read on it to the load's user"
                                              : "end the transaction that is open there");
}

void Examination::ExamineClock() {
  for (const WriteTried& tried : tried_) {
    if (!tried.clock_seen) continue;
    const Duration ahead = tried.clock_ahead;
    const Duration skew = ahead < Duration{0} ? -ahead : ahead;
    if (skew <= kSkewMost) return Ok("clock", "as the brokers' to within " + Seconds(kSkewMost));
    return Warn("clock",
                "the brokers' clock is " + Seconds(skew) +
                    (ahead < Duration{0} ? " behind" : " ahead of") + " this machine's",
                "set both by NTP: a row's time is refused when it is too far ahead, and tokens and "
                "certificates may count as expired");
  }
}

}  // namespace

std::string_view NameOf(Health health) {
  switch (health) {
    case Health::kOk:
      return "ok";
    case Health::kWarning:
      return "warning";
    case Health::kProblem:
      return "problem";
  }
  return "";
}

std::vector<HealthCheck> Examine(const DoctorRequest& request, RunContext& context) {
  return Examination(request, context).Run();
}

}  // namespace onceload
