#include "onceload/options/option_table.h"

#include <algorithm>
#include <array>
#include <vector>

#include "onceload/csv/record_reader.h"
#include "onceload/kafka/secrets.h"
#include "options/message_values.h"
#include "options/option_values.h"
#include "options/row_options.h"
#include "options/shard_values.h"
#include "options/watch_values.h"

namespace onceload {
namespace {

#define AT(member) ONCELOAD_AT(member)

// What no cluster and no run has, so that a larger number is a typing error.
constexpr std::uint64_t kPartitionsMost = 1'000'000;  // of a topic: a KRaft cluster has that in all
constexpr std::uint64_t kReplicasMost = 32'767;       // the protocol's (int16)
constexpr std::uint64_t kOffsetsMost = std::uint64_t{1} << 62;
constexpr std::uint64_t kBytesMost = std::uint64_t{1} << 50;
constexpr std::uint64_t kChunkMsMost = 86'400'000;       // a day; transactions end long before
constexpr std::uint64_t kBudgetMost = 31'536'000;        // seconds: a year
constexpr std::uint64_t kPartsMost = 10'000;             // as many as there can be shards
constexpr std::uint64_t kMessagesShownMost = 1'000'000;  // they are held in memory

using enum OptionGroup;

// Grouped by what they are about; where a row relies on another, it stands behind it (--mapping
// before all that overrule it). A row's members: name, letter, group, value, help, verbs, access,
// traits, environment, more.
const std::array kFirstRows{
    Option{
        "load-file",
        'f',
        kOutput,
        "FILE",
        "a JSON file that says options by their names",
        kShapes | kSplit,
        Text<AT(load_file)>(OptionKind::kFile),
        kBytes,
        {},
        "An option on the command line wins over the environment, that over the file. "
        "${env:NAME} and ${file:PATH} in its texts are replaced. Options that another of load, "
        "watch, verify, plan, doctor and split has are passed over, so that one file serves all."},

    Option{"bootstrap-server", 'b', kConnection, "HOST:PORT,...", "brokers", kClients, Brokers(),
           kRepeatable, "KAFKA_BOOTSTRAP_SERVERS"},
    Option{
        "X",
        0,
        kConnection,
        "NAME=VALUE",
        "client property, librdkafka's or Java's name",
        kClients,
        ClientProperty(),
        kRepeatable | kSecret | kBytes,
        {},
        "A value may be @PATH, ${env:NAME} or ${file:PATH}: a password belongs there, for others "
        "on the machine can read a command line."},
    Option{"command-config", 0, kConnection, "FILE",
           "file of client properties (client.properties)", kClients,
           Text<AT(connection.properties_file)>(OptionKind::kFile), kBytes},

    Option{"client-id", 0, kConnection, "NAME",
           "client.id of the connections, which a quota may name", kClients,
           Text<AT(connection.client_id)>()},
    Option{"topic", 't', kTopic, "TOPIC", "target topic", kLoads, Text<AT(topics.topic.name)>()},
    Option{"topic", 't', kTopic, "TOPIC", "the topic a load is to go into", kDoctor,
           Text<AT(topics.topic.name)>()},
    Option{"topic", 't', kTopic, "TOPIC", "the topic of the load", kAudits | kFinders,
           Text<AT(topics.topic.name)>()},
    Option{"topic", 't', kTopic, "TOPIC", "target topic; only a name here", kPlan,
           Text<AT(topics.topic.name)>()},
    Option{"name", 0, kTopic, "NAME",
           "the load's identity; default TOPIC/FILE's name; several files need one",
           kLoads | kAudits | kDoctor | kFinders, Text<AT(name)>()},
    Option{"load", 0, kTopic, "NAME", "the load", kMenders, Text<AT(name)>(), kPositional},
    Option{"adopt-kafka",
           0,
           kRun,
           {},
           "the ledger takes over what Kafka has of the load",
           kRepair,
           Flag<AT(repair.adopt_kafka)>()},
    Option{"restart-from-zero",
           0,
           kRun,
           {},
           "end both records: the next load sends every row",
           kRepair,
           Flag<AT(repair.restart_from_zero)>()},
    Option{"forget",
           0,
           kRun,
           {},
           "end both records, and lose the load's history",
           kRepair,
           Flag<AT(repair.forget)>()},
    Option{"yes",
           0,
           kRun,
           {},
           "do it; without it nothing is changed",
           kMenders,
           Flag<AT(repair.yes)>()},
    Option{"name", 0, kTopic, "NAME", "only this load", kStatus | kHistory, Text<AT(name)>()},
    Option{"transactional-id-prefix",
           0,
           kTopic,
           "TEXT",
           "what its transactional ids begin with",
           kLoads | kDoctor,
           Text<AT(load.id_prefix)>(),
           kPlain,
           {},
           "For brokers whose ACLs allow another one. A load that goes on keeps the ids it began "
           "with."},
    Option{"create-topic",
           0,
           kTopic,
           {},
           "make the topic if it is not there",
           kLoads,
           Flag<AT(topics.create)>()},
    Option{"partitions", 0, kTopic, "N", "of a topic that is made", kLoads,
           Number<AT(topics.topic.partitions)>(1, kPartitionsMost)},
    Option{"partitions", 0, kTopic, "N", "of the topic to plan for", kPlan,
           Number<AT(topics.topic.partitions)>(1, kPartitionsMost)},
    Option{"replication-factor", 0, kTopic, "N", "of a topic that is made", kLoads,
           Number<AT(topics.topic.replication_factor)>(1, kReplicasMost)},
    Option{"topic-config",
           0,
           kTopic,
           "NAME=VALUE",
           "setting of a topic that is made",
           kLoads,
           TopicConfig(),
           kRepeatable,
           {},
           "A topic of three replicas or more has min.insync.replicas=2 unless this says "
           "otherwise."},
    Option{"progress-topic", 0, kTopic, "TOPIC", "compacted topic with progress records",
           kLedgerUsers, Text<AT(topics.progress_topic)>()},

    Option{"file", 0, kFiles, "FILE", "a file of the load, where it is now", kFinders,
           Texts<AT(inputs.words)>(OptionKind::kFile), kRepeatable | kBytes | kPositional},
    Option{"row", 0, kRun, "N", "the row, as verify and rejects count: 1 is behind the header",
           kWhere, Whole<AT(place.row)>(1, kRowsMost)},
    Option{"key", 0, kRun, "TEXT", "instead: all messages with this key", kWhere,
           Text<AT(place.key)>()},
    Option{"partition", 0, kRun, "N", "the record's", kFrom,
           Whole<AT(place.partition)>(0, kPartitionsMost)},
    Option{"offset", 0, kRun, "N", "likewise", kFrom, Whole<AT(place.offset)>(0, kOffsetsMost)},
    Option{"files", 0, kOutput, {}, "each load's files, too", kHistory, Flag<AT(history.files)>()},
    Option{"csv", 0, kOutput, {}, "as CSV", kHistory, Flag<AT(history.csv)>()},
    Option{"file", 0, kFiles, "FILE", "a file, a directory, a pattern, or - for standard input",
           kFileReaders, Texts<AT(inputs.words)>(OptionKind::kFile),
           kRepeatable | kBytes | kPositional},
    Option{"file", 0, kFiles, "FILE", "a file to split", kSplit,
           Texts<AT(inputs.words)>(OptionKind::kFile), kRepeatable | kBytes | kPositional},
    Option{"parts", 0, kFiles, "N", "how many, about equally long", kSplit,
           Number<AT(parts)>(1, kPartsMost)},
    Option{"shard",
           0,
           kFiles,
           "K/N",
           "load only this share of the files: K from 0 to N-1",
           kFileReaders,
           ShardOfSeveral(),
           kPlain,
           {},
           "Each share is a load of its own, NAME.K-of-N. A file goes by its name (within the "
           "directory that is given, where one is), so that files which come later move no other; "
           "parts of one file that split has made are dealt in turn."},
    Option{"folder", 0, kFiles, "DIRECTORY", "a folder to watch", kWatch,
           Texts<AT(inputs.words)>(OptionKind::kDirectory), kRepeatable | kBytes | kPositional},
    Option{"files-from", 0, kFiles, "FILE", "a file with the names of further files, one a line",
           kFileReaders, Text<AT(inputs.files_from)>(OptionKind::kFile), kBytes},
    Option{"sample", 0, kFiles, "FILE", "a file whose longest rows are to fit the topic", kDoctor,
           Texts<AT(samples)>(OptionKind::kFile), kRepeatable | kBytes},
    Option{"include", 0, kFiles, "PATTERN", "of a directory only files of this pattern", kReaders,
           Texts<AT(inputs.includes)>(), kRepeatable | kBytes},
    Option{"ignore-case",
           0,
           kFiles,
           {},
           "--include takes names in any case",
           kReaders,
           Flag<AT(inputs.ignore_case)>()},
    Option{"recursive",
           0,
           kFiles,
           {},
           "of a directory also the files in its folders",
           kReaders,
           Flag<AT(inputs.recursive)>()},
    Option{"union-columns",
           0,
           kFiles,
           {},
           "files may lack columns that others have: null",
           kShapes,
           Flag<AT(load.rows.union_columns)>()},
    Option{"spool", 0, kFiles, "DIRECTORY", "for FILE -: where standard input is kept first", kLoad,
           Text<AT(inputs.spool)>(OptionKind::kDirectory), kBytes},
    Option{"require-record-end",
           0,
           kFiles,
           {},
           "leave a last row without a line end for the next run",
           kLoad,
           Flag<AT(load.rows.require_record_end)>()},
    Option{"check-prefix",
           0,
           kFiles,
           {},
           "compare what was loaded of a file even if it looks untouched",
           kLoads,
           Flag<AT(load.here.match.check_prefix)>()},
    Option{"again",
           0,
           kFiles,
           {},
           "load it although the topic has a file of this content already",
           kLoads,
           Flag<AT(load.here.match.again)>()},
    Option{"same-name", 0, kFiles, "refuse|new",
           "a new text under the name of a loaded file: refuse it, or take it for another file",
           kLoads, Choice<AT(load.here.match.same_name)>()},

    Option{
        "ready",
        0,
        kFiles,
        "rename|age:TIME|marker:ENDING",
        "when a file is whole: it has its name; stays so long as it is; has a.csv.ENDING beside",
        kWatch,
        Ready(),
        kPlain,
        {},
        "Names that end in .tmp, .part or .filepart are never taken, nor such as begin with . or "
        "_. The file of an ENDING (.done) is moved or deleted with its file."},
    Option{"after", 0, kFiles, "keep|move:DIRECTORY|delete",
           "what becomes of a file once all its rows are committed", kWatch, After(), kBytes},
    Option{
        "failed", 0, kFiles, "DIRECTORY",
        "where a file goes that cannot be loaded, with the reason beside it; else it ends the run",
        kWatch, Text<AT(watch.failed)>(OptionKind::kDirectory), kBytes},
    Option{"poll", 0, kFiles, "TIME", "between two looks", kWatch, Poll()},
    Option{"verify-each",
           0,
           kFiles,
           {},
           "read what was committed back from the topic before a file is moved or deleted",
           kWatch,
           Flag<AT(watch.verify_each)>()},
    Option{"standby",
           0,
           kRun,
           {},
           "wait while another watcher on this machine holds the load, then take over",
           kWatch,
           Flag<AT(watch.standby)>()},
};

// Behind RowOptions().
const std::array kLastRows{
    Option{"chunk-rows", 0, kChunks, "N", "a chunk (one Kafka transaction) closes at so many rows",
           kLoads, Number<AT(load.chunk.rows)>(1, kRowsMost)},
    Option{"chunk-bytes", 0, kChunks, "N", "or at so many bytes of messages", kLoads,
           Number<AT(load.chunk.bytes)>(1, kBytesMost)},
    Option{"chunk-ms", 0, kChunks, "N",
           "or at this age in milliseconds, once the one before is sent", kLoads,
           Time<AT(load.chunk.age), 1>(1, kChunkMsMost)},
    Option{"atomic",
           0,
           kChunks,
           {},
           "one transaction for the whole load: all rows or none",
           kLoad,
           Flag<AT(load.chunk.atomic)>()},

    Option{
        "source", 0, kRun, {}, "--level source: trusting no record of the load", kVerify, Source()},
    Option{"level", 0, kRun, "counts|digest|source",
           "records by their number, by what was sent, or by the rows of the files", kVerify,
           Choice<AT(audit.level)>()},
    Option{"exclusive",
           0,
           kRun,
           {},
           "the topic is to hold nothing but the rows of loads",
           kAudits,
           Flag<AT(audit.exclusive)>()},
    Option{"all",
           0,
           kRun,
           {},
           "audit all loads that the progress topic knows, whatever their topic",
           kVerify,
           Flag<AT(audit.all)>()},
    Option{"sign", 0, kRun, "KEY.pem",
           "sign with this Ed25519 key: the certificate is a DSSE envelope then", kCertify,
           Text<AT(certificate.sign)>(OptionKind::kFile), kBytes},
    Option{"certificate", 0, kFiles, "FILE", "the certificate to check", kCheckCertificate,
           Text<AT(certificate.file)>(OptionKind::kFile), kBytes | kPositional},
    Option{"public-key", 0, kRun, "KEY.pem", "of the signer, who has given it to you otherwise",
           kCheckCertificate, Text<AT(certificate.public_key)>(OptionKind::kFile), kBytes},
    Option{"state", 0, kRun, "FILE",
           "ledger (SQLite); default $XDG_STATE_HOME/onceload/onceload.db", kLedgerUsers,
           Text<AT(state)>(OptionKind::kFile), kBytes},
    Option{"retry-budget", 0, kRun, "SECONDS", "without a committed chunk before giving up", kLoads,
           Time<AT(load.retry_budget), 1000>(0, kBudgetMost)},
    Option{"retry-budget", 0, kRun, "SECONDS", "without news from Kafka before giving up",
           kAudits | kCheckCertificate | kFinders | kHistory | kMenders,
           Time<AT(audit_budget), 1000>(0, kBudgetMost)},
    Option{"max-rate", 0, kRun, "N|BYTES", "send no more a second: rows (50000) or bytes (10MB)",
           kLoads, MaxRateText()},
    Option{"strict",
           0,
           kRun,
           {},
           "refuse, instead of a warning, where settings of Kafka weaken the guarantee",
           kLoads,
           Flag<AT(strict)>()},

    Option{"messages", 0, kOutput, "N", "how many of the first messages to show", kPlan,
           Number<AT(messages)>(0, kMessagesShownMost)},
    Option{"progress",
           0,
           kOutput,
           "auto|line|plain|json|none",
           "how it is shown on stderr",
           kLoads,
           Choice<AT(progress)>(),
           kPlain,
           {},
           "auto: a line on a terminal, lines where stderr alone goes elsewhere, none where there "
           "is no terminal at all (cron, systemd, containers)."},
    Option{"log-format",
           0,
           kOutput,
           "text|json",
           "on stderr: sentences, or an object a line for all that happens",
           kLoads,
           Choice<AT(log_format)>(),
           kPlain,
           {},
           "The objects are those of docs/events.md."},
    Option{
        "metrics-file",
        0,
        kOutput,
        "FILE.prom",
        "figures of the load for a textfile collector",
        kLoads,
        Text<AT(metrics.file)>(OptionKind::kFile),
        kBytes,
        {},
        "Renamed into place every five seconds and at the end; docs/metrics.md has the figures."},
    Option{"metrics-listen", 0, kOutput, "ADDRESS:PORT",
           "serve them at /metrics, and /healthz, while it runs", kLoads,
           Text<AT(metrics.listen)>()},
    Option{"push-gateway", 0, kOutput, "URL", "push them to a Pushgateway", kLoads,
           Text<AT(metrics.push_gateway)>(), kSecret},
    Option{
        "json", 0, kOutput, {}, "the result as one JSON object on stdout", kAll, Flag<AT(json)>()},
};

#undef AT

}  // namespace

std::span<const Option> AllOptions() {
  static const std::vector<Option> all = [] {
    std::vector<Option> rows(kFirstRows.begin(), kFirstRows.end());
    const std::span<const Option> middle = RowOptions();
    rows.insert(rows.end(), middle.begin(), middle.end());
    rows.insert(rows.end(), kLastRows.begin(), kLastRows.end());
    return rows;
  }();
  return all;
}

}  // namespace onceload
