// ProgressRecord <-> rows of plans, chunks and chunk_partitions. Knows the tables, not the
// protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/sqlite_db.h"
#include "onceload/core/progress_record.h"

namespace onceload {

// A chunk's row, as much of it as a decision needs.
struct ChunkHead {
  std::int64_t id = 0;
  ChunkNumber number;
  std::int64_t plan = 0;
  std::string run_id;
};

// The two rows of a load that matter: everything below `committed` is history.
struct LiveChunks {
  ChunkHead committed;  // the newest; every load has one, for chunk 0 is one
  std::optional<ChunkHead> intent;
};

enum class Origin { kSent, kAdopted };

class RecordRows {
 public:
  // `connection` must outlive this.
  explicit RecordRows(Connection& connection) : db_(connection) {}

  // Id of the load's row.
  std::optional<std::int64_t> FindLoad(const std::string& name);
  LiveChunks FindLive(std::int64_t load);

  // The whole record of a chunk's row. Give it a transaction: it reads several tables.
  ProgressRecord Read(std::int64_t chunk);
  // Without where its inputs end: of 100,000 files that is most of the work.
  ProgressRecord ReadWithoutEnds(std::int64_t chunk);
  std::vector<PartitionProgress> ReadPartitions(std::int64_t chunk);

  // Adds `record` as an intended chunk, or as one that is committed already. The run
  // record.run_id must have a row. REQUIRES: a write transaction.
  void AddIntent(std::int64_t load, const ProgressRecord& record, std::int64_t now_ms);
  void AddCommitted(std::int64_t load, const ProgressRecord& record, Origin origin,
                    std::int64_t now_ms);
  // Overwrites position, counts, plan and completeness of a row; not its partitions.
  void Update(std::int64_t chunk, std::int64_t load, const ProgressRecord& record);

 private:
  // What a record says apart from progress: immutable in the ledger, therefore cached.
  struct Plan {
    std::int64_t id = 0;
    std::string load_id, topic, topic_id, cluster_id;
    std::uint64_t partition_count = 0;
    Rules rules = Rules::kFirst;
    std::int64_t begun_ms = 0;
    bool times = false;
    RowLimits limits;
    FinishedInputs finished;  // without pages
    std::vector<InputFile> inputs;
    FrozenOptions options;
  };

  void ReadEnds(std::int64_t load, ProgressRecord& record);
  void WriteEnds(std::int64_t load, const ProgressRecord& record);
  std::uint64_t FirstOtherEnd(std::int64_t load, const ProgressRecord& record, std::uint64_t file);
  const Plan& ReadPlan(std::int64_t plan);
  static bool Describes(const Plan& plan, const ProgressRecord& record);
  // The load's newest plan if it describes `record`, with its further files added; else a new one.
  std::int64_t PlanFor(std::int64_t load, const ProgressRecord& record);
  std::int64_t AddPlan(std::int64_t load, const ProgressRecord& record);
  void AddFiles(std::int64_t plan, std::size_t first, const ProgressRecord& record);
  void KeepPages(std::int64_t load, const ProgressRecord& record);
  void Add(std::int64_t load, const ProgressRecord& record, std::string_view state, Origin origin,
           std::int64_t now_ms);

  Connection& db_;
  // The plan read last. Only ever filled by reading: a plan that is written here may be rolled
  // back.
  std::optional<Plan> plan_;
};

}  // namespace onceload
