#include "checkpoint/record_rows.h"

#include <algorithm>
#include <utility>

namespace onceload {
namespace {

std::optional<std::int64_t> KnownOffset(KafkaOffset offset) {
  if (offset == kNoOffset) return std::nullopt;
  return offset.value;
}

KafkaOffset OffsetAt(const Statement& row, int column) {
  return row.IsNull(column) ? kNoOffset : KafkaOffset{row.Int(column)};
}

// A short one is for inputs that were not read yet: Kafka's record has it, and is the one to ask.
std::optional<Digest> FullHead(const InputFile& input) {
  if (!input.head || !input.head->full()) return std::nullopt;
  return input.head->digest;
}

// But for where they end, which file_ends has. One may have more of them than the other.
bool SameInputs(const std::vector<InputFile>& a, const std::vector<InputFile>& b) {
  const auto size = static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
  return std::equal(
      a.begin(), a.begin() + size, b.begin(), [](const InputFile& x, const InputFile& y) {
        return x.path == y.path && SameFile(x, y) && x.name == y.name && x.coding == y.coding &&
               FullHead(x) == FullHead(y) && x.begin == y.begin;
      });
}

std::int64_t InsertedId(Statement& insert_returning_id) {
  insert_returning_id.Step();
  return insert_returning_id.Int(0);
}

}  // namespace

std::optional<std::int64_t> RecordRows::FindLoad(const std::string& name) {
  Statement load = db_.Use("SELECT id FROM loads WHERE name = ?1");
  if (!load.Bind(name).Step()) return std::nullopt;
  return load.Int(0);
}

LiveChunks RecordRows::FindLive(std::int64_t load) {
  // An intent is the newest live chunk; so the newest two hold both answers, by the index
  // live_chunks (its WHERE has to stand here word for word).
  Statement rows = db_.Use(
      "SELECT id, number, plan, run_id, state = 'intended' FROM chunks "
      "WHERE load = ?1 AND state <> 'discarded' ORDER BY number DESC LIMIT 2");
  rows.Bind(load);
  LiveChunks live;
  while (rows.Step()) {
    ChunkHead head{rows.Int(0), ChunkNumber{rows.Count(1)}, rows.Int(2), rows.Text(3)};
    if (!rows.Flag(4)) {
      live.committed = std::move(head);
      return live;
    }
    live.intent = std::move(head);
  }
  throw DamagedLedger("a load has no committed chunk, not even chunk 0", db_.path());
}

ProgressRecord RecordRows::Read(std::int64_t chunk) {
  ProgressRecord record = ReadWithoutEnds(chunk);
  Statement load = db_.Use("SELECT load FROM chunks WHERE id = ?1");
  if (load.Bind(chunk).Step()) ReadEnds(load.Int(0), record);
  return record;
}

ProgressRecord RecordRows::ReadWithoutEnds(std::int64_t chunk) {
  Statement row = db_.Use(
      "SELECT loads.name, chunks.run_id, runs.writer, runs.tool_version, chunks.number, "
      "chunks.complete, chunks.rejected, chunks.end_file, chunks.end_byte, chunks.end_row, "
      "chunks.end_empty_lines, chunks.end_blocks, chunks.end_tail, chunks.plan, "
      "chunks.dead_letter_topic, chunks.dead_rows, chunks.dead_digest, chunks.dead_first, "
      "chunks.dead_end, chunks.rejects_bytes, chunks.load, chunks.rejected_lines, "
      "chunks.packed_done, chunks.long_cell_lines, chunks.long_cell_file, chunks.long_cell_row, "
      "chunks.long_cell_column, chunks.files "
      "FROM chunks JOIN loads ON loads.id = chunks.load JOIN runs ON runs.run_id = chunks.run_id "
      "WHERE chunks.id = ?1");
  if (!row.Bind(chunk).Step()) throw DamagedLedger("a chunk has no load or no run", db_.path());
  ProgressRecord record;
  record.load_name = row.Text(0);
  record.run_id = row.Text(1);
  record.writer = row.Text(2);
  record.tool_version = row.Text(3);
  record.chunk = ChunkNumber{row.Count(4)};
  record.complete = row.Flag(5);
  record.rejected = row.Count(6);
  record.position.file = static_cast<std::uint32_t>(row.Count(7));
  record.position.byte = ByteOffset{row.Count(8)};
  record.position.row = RowNumber{row.Count(9)};
  record.position.empty_lines = row.Count(10);
  record.position.prefix = PrefixFingerprint{row.HexDigest(11), row.HexDigest(12)};
  record.partitions = ReadPartitions(chunk);

  record.dead_letter_topic = row.Text(14);
  record.dead_letters = {row.Count(15), row.HexDigest(16), OffsetAt(row, 17), OffsetAt(row, 18),
                         std::nullopt};
  record.rejects_bytes = row.Count(19);
  record.rejected_lines = row.Int(21) < 0 ? record.rejected : row.Count(21);
  record.packed_done = row.Count(22);
  record.long_cell = {row.Count(23), static_cast<std::uint32_t>(row.Count(24)),
                      RowNumber{row.Count(25)}, row.Text(26)};

  const Plan& plan = ReadPlan(row.Int(13));
  record.load_id = plan.load_id;
  record.topic = plan.topic;
  record.topic_id = plan.topic_id;
  record.cluster_id = plan.cluster_id;
  record.rules = plan.rules;
  record.begun_ms = plan.begun_ms;
  record.times = plan.times;
  record.limits = plan.limits;
  record.finished = plan.finished;
  record.position.file -= static_cast<std::uint32_t>(plan.finished.count);
  record.inputs = plan.inputs;
  if (!row.IsNull(27) && row.Count(27) < record.inputs.size()) record.inputs.resize(row.Count(27));
  record.options = plan.options;
  if (record.partitions.size() != plan.partition_count) {
    throw DamagedLedger("partitions of a chunk are missing", db_.path());
  }
  return record;
}

void RecordRows::ReadEnds(std::int64_t load, ProgressRecord& record) {
  Statement row = db_.Use(
      "SELECT file, byte, row, empty_lines, blocks, tail FROM file_ends "
      "WHERE load = ?1 AND chunk <= ?2");
  row.Bind(load, record.chunk.value);
  while (row.Step()) {
    if (row.Count(0) < record.finished.count) continue;
    const std::uint64_t file = row.Count(0) - record.finished.count;
    if (file >= record.inputs.size()) continue;  // of a list that was longer
    record.inputs[file].end = InputPosition{
        static_cast<std::uint32_t>(file), ByteOffset{row.Count(1)}, RowNumber{row.Count(2)},
        row.Count(3), PrefixFingerprint{row.HexDigest(4), row.HexDigest(5)}};
  }
}

// From `file` on, the first one whose end is not written down as this chunk's. One chunk may have
// ended 100,000 files, and each start of a complete load comes here.
std::uint64_t RecordRows::FirstOtherEnd(std::int64_t load, const ProgressRecord& record,
                                        std::uint64_t file) {
  Statement row = db_.Use(
      "SELECT file, byte, row, empty_lines, blocks, tail FROM file_ends "
      "WHERE load = ?1 AND file >= ?2 AND chunk = ?3 ORDER BY file");
  const std::uint64_t before = record.finished.count;
  row.Bind(load, before + file, record.chunk.value);
  while (row.Step() && row.Count(0) == before + file && file < record.inputs.size()) {
    const std::optional<InputPosition>& end = record.inputs[file].end;
    const bool same = end && end->byte.value == row.Count(1) && end->row.value == row.Count(2) &&
                      end->empty_lines == row.Count(3) &&
                      end->prefix == PrefixFingerprint{row.HexDigest(4), row.HexDigest(5)};
    if (!same) break;
    ++file;
  }
  return file;
}

// Only what has changed: a file's end stays, but for the newest one's, whose file may have grown.
void RecordRows::WriteEnds(std::int64_t load, const ProgressRecord& record) {
  const std::uint64_t before = record.finished.count;
  std::uint64_t from = 0;
  {
    Statement newest = db_.Use(
        "SELECT file, byte, row FROM file_ends WHERE load = ?1 AND chunk < ?2 "
        "ORDER BY file DESC LIMIT 1");
    if (newest.Bind(load, record.chunk.value).Step()) {
      from = newest.Count(0) - std::min(newest.Count(0), before);
      // One that is a key by now is none of these inputs.
      const bool known = newest.Count(0) >= before && from < record.inputs.size() &&
                         record.inputs[from].end &&
                         record.inputs[from].end->byte.value == newest.Count(1) &&
                         record.inputs[from].end->row.value == newest.Count(2);
      if (known) ++from;
    }
  }
  from = FirstOtherEnd(load, record, from);
  db_.Use("DELETE FROM file_ends WHERE load = ?1 AND file >= ?2").Run(load, before + from);
  Statement insert = db_.Use(
      "INSERT INTO file_ends (load, file, chunk, byte, row, empty_lines, blocks, tail) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  for (std::uint64_t file = from; file < record.inputs.size(); ++file) {
    const std::optional<InputPosition>& end = record.inputs[file].end;
    if (!end) return;
    insert.Run(load, before + file, record.chunk.value, end->byte.value, end->row.value,
               end->empty_lines, end->prefix.blocks, end->prefix.tail);
  }
}

std::vector<PartitionProgress> RecordRows::ReadPartitions(std::int64_t chunk) {
  Statement row = db_.Use(
      "SELECT partition, rows, digest, first_offset, end_offset, sum FROM chunk_partitions "
      "WHERE chunk = ?1 ORDER BY partition");
  row.Bind(chunk);
  std::vector<PartitionProgress> partitions;
  while (row.Step()) {
    if (row.Count(0) != partitions.size()) {
      throw DamagedLedger("partitions of a chunk are missing", db_.path());
    }
    partitions.push_back({row.Count(1), row.HexDigest(2), OffsetAt(row, 3), OffsetAt(row, 4),
                          row.IsNull(5) ? std::nullopt : std::optional(row.HexDigest(5))});
  }
  return partitions;
}

void RecordRows::AddIntent(std::int64_t load, const ProgressRecord& record, std::int64_t now_ms) {
  Add(load, record, "intended", Origin::kSent, now_ms);
}

void RecordRows::AddCommitted(std::int64_t load, const ProgressRecord& record, Origin origin,
                              std::int64_t now_ms) {
  Add(load, record, "committed", origin, now_ms);
}

void RecordRows::Add(std::int64_t load, const ProgressRecord& record, std::string_view state,
                     Origin origin, std::int64_t now_ms) {
  const InputPosition& end = record.position;
  Statement insert = db_.Use(
      "INSERT INTO chunks (load, number, state, adopted, complete, plan, run_id, rejected, "
      "end_file, "
      "end_byte, end_row, end_empty_lines, end_blocks, end_tail, written_ms, settled_ms, "
      "dead_letter_topic, dead_rows, dead_digest, dead_first, dead_end, rejects_bytes, "
      "rejected_lines, packed_done, long_cell_lines, long_cell_file, long_cell_row, "
      "long_cell_column, files) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
      "CASE ?3 WHEN 'intended' THEN NULL ELSE ?15 END, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, "
      "?24, ?25, ?26, ?27, ?28) "
      "RETURNING id");
  insert.Bind(load, record.chunk.value, state, origin == Origin::kAdopted, record.complete,
              PlanFor(load, record), record.run_id, record.rejected,
              record.finished.count + end.file, end.byte.value, end.row.value, end.empty_lines,
              end.prefix.blocks, end.prefix.tail, now_ms, record.dead_letter_topic,
              record.dead_letters.rows, record.dead_letters.digest,
              KnownOffset(record.dead_letters.first), KnownOffset(record.dead_letters.end),
              record.rejects_bytes, record.rejected_lines, record.packed_done,
              record.long_cell.lines, record.long_cell.file, record.long_cell.row.value,
              record.long_cell.column, std::uint64_t{record.inputs.size()});
  const std::int64_t chunk = InsertedId(insert);
  WriteEnds(load, record);

  Statement add_partition = db_.Use(
      "INSERT INTO chunk_partitions (chunk, partition, rows, digest, first_offset, end_offset, "
      "sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  std::int64_t number = 0;
  for (const PartitionProgress& partition : record.partitions) {
    add_partition.Run(chunk, number++, partition.rows, partition.digest,
                      KnownOffset(partition.first), KnownOffset(partition.end), partition.sum);
  }
}

void RecordRows::Update(std::int64_t chunk, std::int64_t load, const ProgressRecord& record) {
  const InputPosition& end = record.position;
  db_.Use(
         "UPDATE chunks SET complete = ?2, plan = ?3, rejected = ?4, end_file = ?5, "
         "end_byte = ?6, end_row = ?7, end_empty_lines = ?8, end_blocks = ?9, end_tail = ?10, "
         "dead_letter_topic = ?11, dead_rows = ?12, dead_digest = ?13, dead_first = ?14, "
         "dead_end = ?15, rejects_bytes = ?16, rejected_lines = ?17, packed_done = ?18, "
         "long_cell_lines = ?19, long_cell_file = ?20, long_cell_row = ?21, "
         "long_cell_column = ?22, files = ?23 WHERE id = ?1")
      .Run(chunk, record.complete, PlanFor(load, record), record.rejected,
           record.finished.count + end.file, end.byte.value, end.row.value, end.empty_lines,
           end.prefix.blocks, end.prefix.tail, record.dead_letter_topic, record.dead_letters.rows,
           record.dead_letters.digest, KnownOffset(record.dead_letters.first),
           KnownOffset(record.dead_letters.end), record.rejects_bytes, record.rejected_lines,
           record.packed_done, record.long_cell.lines, record.long_cell.file,
           record.long_cell.row.value, record.long_cell.column,
           std::uint64_t{record.inputs.size()});
  WriteEnds(load, record);
}

bool RecordRows::Describes(const Plan& plan, const ProgressRecord& record) {
  return plan.load_id == record.load_id && plan.topic == record.topic &&
         plan.topic_id == record.topic_id && plan.cluster_id == record.cluster_id &&
         plan.partition_count == record.partitions.size() && plan.rules == record.rules &&
         plan.begun_ms == record.begun_ms && plan.times == record.times &&
         plan.limits == record.limits && plan.finished == record.finished &&
         SameInputs(plan.inputs, record.inputs) && plan.options == record.options;
}

const RecordRows::Plan& RecordRows::ReadPlan(std::int64_t plan_id) {
  if (plan_ && plan_->id == plan_id) return *plan_;
  Plan plan;
  plan.id = plan_id;
  Statement row = db_.Use(
      "SELECT load_id, topic, topic_id, cluster_id, partition_count, rules, begun_ms, times, "
      "record_bytes_max, message_bytes_max, dead_letter_bytes_max, finished, finished_rows, "
      "finished_empty_lines, finished_bytes FROM plans WHERE id = ?1");
  if (!row.Bind(plan_id).Step()) throw DamagedLedger("a chunk has no plan", db_.path());
  plan.load_id = row.Text(0);
  plan.topic = row.Text(1);
  plan.topic_id = row.Text(2);
  plan.cluster_id = row.Text(3);
  plan.partition_count = row.Count(4);
  if (row.Count(5) > static_cast<std::uint64_t>(kNewestRules)) {
    throw DamagedLedger("a plan has rules that this version does not know", db_.path());
  }
  plan.rules = static_cast<Rules>(row.Count(5));
  plan.begun_ms = row.Int(6);
  plan.times = row.Flag(7);
  plan.limits = {row.Count(8), row.Int(9), row.Int(10)};
  plan.finished.count = row.Count(11);
  plan.finished.rows = row.Count(12);
  plan.finished.empty_lines = row.Count(13);
  plan.finished.bytes = row.Count(14);

  Statement file = db_.Use(
      "SELECT path, size, mtime_ns, inode, device, name, coding, head, begin_file, begin_byte, "
      "begin_row, begin_empty_lines, begin_blocks, begin_tail FROM plan_files "
      "WHERE plan = ?1 ORDER BY file");
  file.Bind(plan_id);
  while (file.Step()) {
    InputFile& input = plan.inputs.emplace_back();
    input.path = file.Text(0);
    input.size = file.Count(1);
    input.mtime_ns = file.Int(2);
    input.inode = static_cast<std::uint64_t>(file.Int(3));
    input.device = static_cast<std::uint64_t>(file.Int(4));
    input.name = file.Text(5);
    input.coding = file.Text(6);
    if (!file.IsNull(7)) input.head = HeadKey{file.HexDigest(7)};
    if (file.IsNull(8)) continue;
    input.begin =
        InputPosition{static_cast<std::uint32_t>(file.Count(8)), ByteOffset{file.Count(9)},
                      RowNumber{file.Count(10)}, file.Count(11),
                      PrefixFingerprint{file.HexDigest(12), file.HexDigest(13)}};
  }
  Statement option =
      db_.Use("SELECT name, value FROM plan_options WHERE plan = ?1 ORDER BY position");
  option.Bind(plan_id);
  while (option.Step()) plan.options.emplace_back(option.Text(0), option.Text(1));
  plan_ = std::move(plan);
  return *plan_;
}

std::int64_t RecordRows::PlanFor(std::int64_t load, const ProgressRecord& record) {
  std::optional<std::int64_t> newest;
  {
    Statement row = db_.Use("SELECT max(id) FROM plans WHERE load = ?1");
    if (row.Bind(load).Step() && !row.IsNull(0)) newest = row.Int(0);
  }
  if (!newest || !Describes(ReadPlan(*newest), record)) return AddPlan(load, record);
  // Each chunk says how many files it knows: a load that gets one after the other need not write
  // down all of them each time.
  const std::size_t known = ReadPlan(*newest).inputs.size();
  if (known < record.inputs.size()) {
    AddFiles(*newest, known, record);
    plan_.reset();
  }
  return *newest;
}

std::int64_t RecordRows::AddPlan(std::int64_t load, const ProgressRecord& record) {
  const FinishedInputs& finished = record.finished;
  Statement insert = db_.Use(
      "INSERT INTO plans (load, load_id, topic, topic_id, cluster_id, partition_count, rules, "
      "begun_ms, times, record_bytes_max, message_bytes_max, dead_letter_bytes_max, finished, "
      "finished_rows, finished_empty_lines, finished_bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
      "?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) RETURNING id");
  insert.Bind(load, record.load_id, record.topic, record.topic_id, record.cluster_id,
              std::uint64_t{record.partitions.size()}, static_cast<int>(record.rules),
              record.begun_ms, record.times, record.limits.record_bytes,
              record.limits.message_bytes, record.limits.dead_letter_bytes, finished.count,
              finished.rows, finished.empty_lines, finished.bytes);
  const std::int64_t plan = InsertedId(insert);
  AddFiles(plan, 0, record);
  Statement add_option =
      db_.Use("INSERT INTO plan_options (plan, position, name, value) VALUES (?1, ?2, ?3, ?4)");
  std::int64_t index = 0;
  for (const auto& [name, value] : record.options) add_option.Run(plan, index++, name, value);
  if (finished.count > 0) KeepPages(load, record);
  return plan;
}

void RecordRows::AddFiles(std::int64_t plan, std::size_t first, const ProgressRecord& record) {
  Statement add_file = db_.Use(
      "INSERT INTO plan_files (plan, file, path, size, mtime_ns, inode, device, name, coding, "
      "head, begin_file, begin_byte, begin_row, begin_empty_lines, begin_blocks, begin_tail) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");
  for (std::size_t index = first; index < record.inputs.size(); ++index) {
    const InputFile& file = record.inputs[index];
    const std::optional<InputPosition>& begin = file.begin;
    const auto of_begin = [&begin](auto&& member) {
      return begin ? std::optional(member(*begin)) : std::nullopt;
    };
    add_file.Run(plan, std::uint64_t{index}, file.path, file.size, file.mtime_ns,
                 static_cast<std::int64_t>(file.inode), static_cast<std::int64_t>(file.device),
                 file.name, file.coding, FullHead(file),
                 of_begin([](const InputPosition& at) { return at.file; }),
                 of_begin([](const InputPosition& at) { return at.byte.value; }),
                 of_begin([](const InputPosition& at) { return at.row.value; }),
                 of_begin([](const InputPosition& at) { return at.empty_lines; }),
                 of_begin([](const InputPosition& at) { return at.prefix.blocks; }),
                 of_begin([](const InputPosition& at) { return at.prefix.tail; }));
  }
}

// What is a key now needs no row any more. The newest committed chunk keeps all of its own: the
// record at hand may come to nothing.
void RecordRows::KeepPages(std::int64_t load, const ProgressRecord& record) {
  const std::vector<std::shared_ptr<const FinishedPage>>& pages = record.finished.pages;
  std::uint64_t first = 0;
  {
    Statement count = db_.Use("SELECT count(*) FROM finished_pages WHERE load = ?1");
    if (count.Bind(load).Step()) first = count.Count(0);
  }
  Statement insert =
      db_.Use("INSERT INTO finished_pages (load, page, keys) VALUES (?1, ?2, CAST(?3 AS BLOB))");
  for (std::uint64_t page = first; page < pages.size(); ++page) {
    insert.Run(load, page, EncodeFinishedPage(*pages[page]));
  }
  std::int64_t plan = 0;
  std::uint64_t finished = 0;
  {
    Statement live = db_.Use(
        "SELECT chunks.plan, plans.finished FROM chunks "
        "JOIN plans ON plans.id = chunks.plan "
        "WHERE chunks.load = ?1 AND state = 'committed' ORDER BY number DESC LIMIT 1");
    if (!live.Bind(load).Step()) return;
    plan = live.Int(0);
    finished = live.Count(1);
  }
  db_.Use("DELETE FROM plan_files WHERE plan IN (SELECT id FROM plans WHERE load = ?1 AND id < ?2)")
      .Run(load, plan);
  db_.Use("DELETE FROM file_ends WHERE load = ?1 AND file < ?2").Run(load, finished);
}

}  // namespace onceload
