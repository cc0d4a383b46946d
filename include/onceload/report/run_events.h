// What happens in a run: a struct each, told once to all who listen. The names in kName and the
// members are what the JSON log has (docs/events.md); a test compares them.
//
// To add one: the struct, its place in RunEvent, its members in src/report/event_log.cc, its row
// in docs/events.md, and, if a person should see it, its sentence in src/report/event_text.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/core/error.h"
#include "onceload/core/rejected_row.h"
#include "onceload/core/types.h"

namespace onceload {

// How far the *committed* part of the input reaches; rows merely sent do not count.
struct CommittedSoFar {
  std::uint64_t bytes = 0;  // of the input
  std::uint64_t bytes_total = 0;
  std::uint64_t rows = 0;  // of the load, all runs
  std::uint64_t chunk = 0;
  std::uint64_t rejected = 0;  // rows of the load, all runs
};

// Where this run begins: after recovery, before its first row.
struct RunBegun {
  static constexpr std::string_view kName = "run_begun";
  std::string load_id;
  std::string run_id;
  std::string topic;
  std::uint64_t partitions = 0;
  std::uint64_t files = 0;
  std::string recovery;  // what was decided: "start", "resume", ...
  CommittedSoFar at;
};

// How it ends, with an Error or without, once it had begun to ask Kafka for its producers.
struct RunEnded {
  static constexpr std::string_view kName = "run_ended";
  ExitCode exit_code = ExitCode::kDone;
  bool complete = false;
  std::uint64_t rows = 0;  // of the load, all runs
  std::uint64_t rows_this_run = 0;
  std::uint64_t rejected = 0;
  std::uint64_t chunk = 0;
  std::uint64_t restarts = 0;
  Duration elapsed{0};
};

// The first signal. Told by the signal's own thread, past the listeners: the load's may be waiting.
struct Stopping {
  static constexpr std::string_view kName = "stopping";
  Duration grace{0};  // in which the open chunk may be finished
};

// What has ended the command. Told where it is caught, past the listeners: it may have come before
// there were any.
struct CommandFailed {
  static constexpr std::string_view kName = "error";
  ExitCode code = ExitCode::kBug;
  std::string what;
  std::string where;
  std::string advice;
  std::string go_on;  // the command that goes on; empty: there is none
};

// Of chunks and of rows that are read again after a restart all is told again.
struct FileBegun {
  static constexpr std::string_view kName = "file_begun";
  std::string path;
  std::uint64_t number = 0;  // of `files`, from 1
  std::uint64_t files = 0;
  RowNumber row{};  // rows before the first that is read
  ByteOffset byte{};
};

// Read to its end; its last rows may not be committed yet.
struct FileEnded {
  static constexpr std::string_view kName = "file_ended";
  std::string path;
  std::uint64_t number = 0;
  RowNumber rows{};    // of the file
  ByteOffset bytes{};  // of its text
};

// A given file is one that the load knows under another name, or has a known name and another text.
struct FileRecognized {
  static constexpr std::string_view kName = "file_recognized";
  std::string path;
  std::string known_as;  // path of the known one
  std::string as;        // "finished": passed over; "unfinished", "grown": gone on with; "new"
  std::string text;
};

// All of its rows are committed, and what was to be done with it then is done. Told by a watch.
struct FileLoaded {
  static constexpr std::string_view kName = "file_loaded";
  std::string path;
  // Of it, rejected ones too; of a file that has grown, of its new part. nullopt: not known any
  // more, for it was loaded long ago.
  std::optional<std::uint64_t> rows;
  bool before = false;  // by an earlier run, or under another name
  std::string then;     // "moved to done/a.csv", "deleted"; empty: it stays
};

struct FileMoved {
  static constexpr std::string_view kName = "file_moved";
  std::string path;
  std::string to;
};

struct FileDeleted {
  static constexpr std::string_view kName = "file_deleted";
  std::string path;
};

// It was moved away, the reason lies beside it.
struct FileFailed {
  static constexpr std::string_view kName = "file_failed";
  std::string path;
  std::string to;
  std::string reason;
};

struct FilePassedOver {
  static constexpr std::string_view kName = "file_passed_over";
  std::string path;
  std::string reason;
};

// A watched folder cannot be read, and is waited for.
struct FolderAway {
  static constexpr std::string_view kName = "folder_away";
  std::string path;
  std::string reason;
};

struct FolderBack {
  static constexpr std::string_view kName = "folder_back";
  std::string path;
};

// Another watcher holds the load; this one takes over when that ends.
struct StandingBy {
  static constexpr std::string_view kName = "standing_by";
  std::string holder;
};

struct RowRejected {
  static constexpr std::string_view kName = "row_rejected";
  std::uint64_t chunk = 0;  // it counts once this one is committed
  std::string path;
  RejectedRow row;
};

// The file of rejected rows is open.
struct RejectsFileOpened {
  static constexpr std::string_view kName = "rejects_file";
  std::string path;
  std::uint64_t bytes = 0;  // of chunks committed before
};

// The first row of a transaction is about to be sent.
struct ChunkBegun {
  static constexpr std::string_view kName = "chunk_begun";
  std::uint64_t chunk = 0;
  Duration begun{0};  // Clock::Now(), like all that follow
};

struct ChunkSize {
  std::uint64_t chunk = 0;
  std::uint64_t rows = 0;  // loaded
  std::uint64_t rejected = 0;
  std::uint64_t message_bytes = 0;
};

// All of its messages are acknowledged by all in-sync replicas.
struct ChunkSent {
  static constexpr std::string_view kName = "chunk_sent";
  ChunkSize size;
  Duration begun{0};
  Duration sent{0};
};

// Its rows are visible. `committed`: when the load took notice, a batch of rows late at most.
struct ChunkCommitted {
  static constexpr std::string_view kName = "chunk_committed";
  ChunkSize size;
  Duration begun{0};
  Duration sent{0};
  Duration asked{0};  // for the commit: after that of the chunk before
  Duration committed{0};
  CommittedSoFar at;
};

// Kafka has not answered for a while: a wait that has become noticeable.
struct WaitBegun {
  static constexpr std::string_view kName = "wait_begun";
  std::string what;    // is waited for
  std::string cause;   // as far as it is known
  Duration waited{0};  // so far
  Duration left{0};    // until the run is given up
};

struct WaitEnded {
  static constexpr std::string_view kName = "wait_ended";
  std::string what;
  Duration waited{0};
};

// The brokers hold the producers back: a quota. Told once, and again each minute that it goes on.
struct Throttled {
  static constexpr std::string_view kName = "throttled";
  std::string client_id;
  Duration paused{0};  // since it was told last, all brokers and producers together
};

// New producers, from the last committed chunk.
struct Restarted {
  static constexpr std::string_view kName = "restart";
  std::string cause;
  std::uint64_t restarts = 0;  // of this run, with this one
};

// This run's producers were fenced, and nobody has claimed the load yet.
struct ClaimAwaited {
  static constexpr std::string_view kName = "claim_awaited";
  Duration left{0};  // then the run goes on by itself
};

struct TopicMade {
  static constexpr std::string_view kName = "topic_made";
  enum class Role : std::uint8_t { kTarget, kProgress, kDeadLetters };
  Role role = Role::kTarget;
  std::string topic;
  std::int32_t partitions = 0;
};

// A setting of Kafka weakens what the load promises.
struct WeakSetting {
  static constexpr std::string_view kName = "weak_setting";
  std::string fact;  // "topic clicks has min.insync.replicas=1"
  std::string why;   // what can happen, and what to do
};

// What a person should know of the rows, and of the list of files.
struct RowRemark {
  static constexpr std::string_view kName = "row_remark";
  std::string text;
};

struct InputRemark {
  static constexpr std::string_view kName = "input_remark";
  std::string text;
};

// Of the client properties: passed over, brought into bounds, a password where others can read it.
struct ClientRemark {
  static constexpr std::string_view kName = "client_remark";
  std::string text;
  bool warning = false;
};

// A watch: no file has come yet, and without one it is not known what is to be loaded.
struct FirstFileAwaited {
  static constexpr std::string_view kName = "first_file_awaited";
};

// Anything else that a person should know.
struct Notice {
  static constexpr std::string_view kName = "notice";
  std::string text;
};

using RunEvent = std::variant<RunBegun, RunEnded, Stopping, CommandFailed, FileBegun, FileEnded,
                              FileRecognized, FileLoaded, FileMoved, FileDeleted, FileFailed,
                              FilePassedOver, FolderAway, FolderBack, StandingBy, FirstFileAwaited,
                              RowRejected, RejectsFileOpened, ChunkBegun, ChunkSent, ChunkCommitted,
                              WaitBegun, WaitEnded, Throttled, Restarted, ClaimAwaited, TopicMade,
                              WeakSetting, RowRemark, InputRemark, ClientRemark, Notice>;

// One call for all events, not one each: who passes them on, and who wants two of them, need not
// name the others. Called by the load thread only.
class RunListener {
 public:
  virtual ~RunListener() = default;

  virtual void On(const RunEvent& event) = 0;
};

// Tells each event to all listeners, in the order in which they were added.
class RunListeners final : public RunListener {
 public:
  void Add(std::unique_ptr<RunListener> listener) { listeners_.push_back(std::move(listener)); }
  void On(const RunEvent& event) override {
    for (const auto& listener : listeners_) listener->On(event);
  }

 private:
  std::vector<std::unique_ptr<RunListener>> listeners_;
};

}  // namespace onceload
