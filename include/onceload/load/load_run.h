// One run of a load, from the lock to the last chunk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/core/progress_record.h"
#include "onceload/core/run_context.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/kafka/transactional_producer.h"
#include "onceload/load/input_feed.h"
#include "onceload/load/row_source.h"
#include "onceload/recover/recover.h"
#include "onceload/report/run_events.h"
#include "onceload/source/source_file.h"

namespace onceload {

// A chunk closes at the first of these. Larger: less commit overhead. Smaller: rows visible sooner,
// less to send again after a kill. By default a fast cluster's chunk is a second's work, of which
// the commit is a few hundredths; a slow one's is told by its age.
struct ChunkLimits {
  std::uint64_t rows = 500'000;
  std::uint64_t bytes = std::uint64_t{128} << 20;  // of messages
  Duration age{2'000};                             // well inside the transaction's time-out
  // All or nothing: one chunk, whatever its size. A load that cannot be completed commits no row.
  bool atomic = false;
};

// Rejected rows that close a chunk: they are held until it is committed.
inline constexpr std::size_t kRejectedInChunkMax = 100'000;

// What a load may send a second, so that a cluster that others share is not drowned. At most one of
// the two; 0: any.
struct MaxRate {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;  // of messages, before compression
};

// Looks at cluster and topic: what may change between two sessions of one run. An interface for the
// same reason as TransactionalProducer.
class Surroundings {
 public:
  virtual ~Surroundings() = default;

  // Sets cluster id, topic id, partition count (as the size of here.blank.partitions) and ends.
  // kDenied: the topic is gone, or we may not see it.
  virtual Outcome Look(Duration wait, Here& here) = 0;

  // As that of ProgressLog.
  virtual void Renew() = 0;
};

inline constexpr char kIdPrefix[] = "onceload-";

// Everything a run is made of. References outlive the run.
struct LoadParts {
  RunContext& context;
  Surroundings& surroundings;
  RunListener& events;  // told by the thread that calls RunLoad()
  CheckpointStore& store;
  ProducerFactory& producers;
  ProgressLog& progress_log;
  // Further inputs, until a signal comes; nullptr: the inputs are those of the settings, and the
  // load ends with them.
  InputFeed* feed = nullptr;
};

struct LoadSettings {
  Here here;                 // here.blank: chunk 0 of this run; what Surroundings sets is set by it
  RowSourceOptions rows;     // columns of a load that goes on are its own, not these
  std::string rejects_path;  // file of rejected rows; empty: none is kept
  bool no_rejects = false;   // though one was, up to now
  ChunkLimits chunk;
  MaxRate max_rate;
  Duration retry_budget{300'000};
  Duration transaction_timeout = kTransactionTimeout;
  // Its transactional ids begin so: --transactional-id-prefix.
  std::string id_prefix = kIdPrefix;
  std::string id_base;                // all of an id but its turn, frozen; empty: ClassicIdBase()
  std::string client_id = kClientId;  // which a quota may name
};

struct LoadReport {
  Decision decision = Decision::kStart;
  bool was_complete = false;          // nothing was left to do, nothing was sent
  bool stopped = false;               // by a signal, with everything sent so far committed
  std::uint64_t begin_rows = 0;       // of the load, before this run
  std::uint64_t restarts = 0;         // producers made anew after an error
  std::uint64_t known_elsewhere = 0;  // files loaded before under another name or packing
  Duration elapsed{0};
  Duration loading{0};  // of that: from the first row read to the last commit
  ProgressRecord at;
};

// Loads what is left, and tells RunEnded. With a feed it ends at a signal: `stopped` is set only if
// an input has been read in part. Throws Error, having told it too, for what ends a run
// early; everything committed stays committed, and the same call goes on.
LoadReport RunLoad(const LoadParts& parts, const LoadSettings& settings);

// Producers of a load, which take turns. Three chunks are under way at a time; with a fourth one, a
// producer's turn comes when the markers of its last transaction have been written: until then the
// coordinator refuses its partitions (CONCURRENT_TRANSACTIONS), and librdkafka asks again every
// 20 ms.
inline constexpr std::size_t kTurns = 4;

// Their transactional ids: `id_base`, "-", "a" to "d". REQUIRES: turn < kTurns.
std::string TransactionalId(const std::string& id_base, std::size_t turn);

// Of a load with the prefix and the progress topic that all have by default, and of all that were
// begun by onceload 0.1.0.
std::string ClassicIdBase(const std::string& load_name);

// What those of a known load begin with: among its frozen options under this name, or the classic.
inline constexpr char kIdOption[] = "transactional-id";
std::string FrozenIdBase(const ProgressRecord& load);

}  // namespace onceload
