// Records, crashes and looks at the file that the ledger's tests share.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checkpoint/sqlite_db.h"
#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/core/error.h"

namespace onceload {

// The record of chunk `number` of a load of 100 rows a chunk, with every field different from its
// default and from those of other chunks.
inline ProgressRecord SampleRecord(std::uint64_t number, const std::string& run_id,
                                   std::size_t partitions = 5,
                                   const std::string& name = "clicks/clicks.csv") {
  ProgressRecord record;
  record.load_name = name;
  record.load_id = "load-id-of-" + name;
  record.run_id = run_id;
  record.writer = "writer of " + run_id;
  record.tool_version = "version of " + run_id;
  record.chunk = ChunkNumber{number};
  record.position = {1, ByteOffset{number * 1000 + 13}, RowNumber{number * 100 + 7}, number * 2,
                     PrefixFingerprint{Digest{~number}, Digest{number}}};
  record.rejected = number * 3;
  for (std::size_t i = 0; i < partitions; ++i) {
    PartitionProgress partition;
    if (number > 0 && i != 1) {  // partition 1 never gets a row
      partition = {number * 20 + i, Digest{0xf000000000000000U + number * 1000 + i},
                   KafkaOffset{static_cast<std::int64_t>(i)},
                   KafkaOffset{static_cast<std::int64_t>(number * 30 + i)}};
    }
    record.partitions.push_back(partition);
  }
  record.inputs = {{"/data/a.csv", 500, 1'700'000'000'123'456'789, 0xffff000000000001U, 42},
                   {"/data/b \xff'\".csv", 5'000'000'000, -1, 3, 0x8000000000000000U}};
  record.inputs[0].end = InputPosition{0, ByteOffset{500}, RowNumber{17}, 2,
                                       PrefixFingerprint{Digest{5}, Digest{~std::uint64_t{6}}}};
  record.dead_letter_topic = "clicks.dead-letters";
  record.dead_letters = {number * 2, Digest{number * 7 + 1}, KafkaOffset{3},
                         KafkaOffset{static_cast<std::int64_t>(number * 2 + 4)}};
  record.rejects_bytes = number * 100;
  record.rejected_lines = number * 5;
  record.packed_done = number + 11;
  record.long_cell = {number + 200, 1, RowNumber{number}, "text"};
  record.rules = Rules::kSecond;
  record.begun_ms = 1'700'000'000'000;
  record.times = true;
  record.limits = {4'096, 1'000'012, 2'000'000};
  record.inputs[0].name = "older-name.csv";
  record.inputs[0].coding = "gzip";
  record.inputs[0].head = HeadKey{Digest{0xfedcba9876543210}};
  record.options = {
      {"format", "json"}, {"key", std::string("a\0b", 3)}, {"type", "x"}, {"type", ""}};
  record.topic = "clicks";
  record.topic_id = "topic-id";
  record.cluster_id = "cluster-id";
  return record;
}

// Rows of file 0 that could not be loaded.
inline std::vector<RejectedRow> Rejected(const std::vector<std::uint64_t>& rows) {
  std::vector<RejectedRow> rejected;
  for (const std::uint64_t row : rows) {
    RejectedRow& added = rejected.emplace_back();
    added.reason = "type";
    added.detail = "no integer";
    added.row = RowNumber{row};
  }
  return rejected;
}

// Equal but for who wrote it down.
inline bool SameButWriter(ProgressRecord a, const ProgressRecord& b) {
  a.run_id = b.run_id;
  a.writer = b.writer;
  a.tool_version = b.tool_version;
  return a == b;
}

// The Error that `call` throws.
inline Error ErrorOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return Error(ExitCode::kDone, "none", "none", "none");
}

inline bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Three parts: what, where, what to do.
inline void ExpectThreeParts(const Error& error, ExitCode code, const std::string& what,
                             const std::string& where, const std::string& advice) {
  EXPECT_EQ(error.code(), code) << error.Line();
  EXPECT_TRUE(Contains(error.what(), what)) << error.Line();
  EXPECT_TRUE(Contains(error.where(), where)) << error.Line();
  EXPECT_TRUE(Contains(error.advice(), advice)) << error.Line();
}

// Runs `steps` in a child process that is then killed with SIGKILL: no destructor, no close. The
// caller must hold no connection: one must not be carried across fork().
inline void RunAndKill(const std::function<void()>& steps) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    try {
      steps();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "in the child: %s\n", error.what());
      std::_Exit(1);
    }
    std::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "status " << status;
}

// Takes root's power to write anywhere away, as far as a test needs it.
class AsNobody {
 public:
  AsNobody() : was_root_(::geteuid() == 0) {
    if (was_root_ && ::seteuid(65534) != 0) ADD_FAILURE() << "seteuid";
  }
  ~AsNobody() {
    if (was_root_ && ::seteuid(0) != 0) std::abort();
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  bool was_root_;
};

inline std::string QueryText(const std::string& path, Sql sql) {
  Connection connection(path, SqliteAccess::kReadWrite, std::chrono::seconds(1));
  Statement statement = connection.Use(sql);
  return statement.Step() ? statement.Text(0) : "no row";
}

// Everything in the ledger, as text: two states are the same if and only if their dumps are.
inline std::string Dump(const std::string& path) {
  return QueryText(
      path,
      "SELECT (SELECT json_group_array(json_array(id, name, run_id, created_ms,"
      "   updated_ms)) FROM loads)"
      "|| (SELECT json_group_array(json_array(id, run_id, load, writer, tool_version,"
      "   started_ms, rows_at_start, bytes_at_start, ended_ms, exit_code, error))"
      "   FROM runs)"
      "|| (SELECT json_group_array(json_array(id, load, load_id, topic, rules, begun_ms,"
      "   times, record_bytes_max, message_bytes_max, dead_letter_bytes_max)) FROM plans)"
      "|| (SELECT json_group_array(json_array(plan, file, path, size, mtime_ns, inode,"
      "   device, name, coding, head)) FROM plan_files)"
      "|| (SELECT json_group_array(json_array(plan, position, name, value))"
      "   FROM plan_options)"
      "|| (SELECT json_group_array(json_array(id, load, number, state, adopted,"
      "   complete, plan, run_id, rejected, end_file, end_byte, end_row,"
      "   end_empty_lines, end_blocks, end_tail, written_ms, settled_ms,"
      "   dead_letter_topic, dead_rows, dead_digest, dead_first, dead_end,"
      "   rejects_bytes, rejected_lines, packed_done, long_cell_lines,"
      "   long_cell_file, long_cell_row, long_cell_column)) FROM chunks)"
      "|| (SELECT json_group_array(json_array(load, file, chunk, byte, row,"
      "   empty_lines, blocks, tail)) FROM file_ends)"
      "|| (SELECT json_group_array(json_array(chunk, partition, rows, digest,"
      "   first_offset, end_offset)) FROM chunk_partitions)"
      "|| (SELECT json_group_array(json_array(load, file, row, chunk, run_id,"
      "   begin_byte, end_byte, reason, detail, lines)) FROM rejected_rows)");
}

}  // namespace onceload
