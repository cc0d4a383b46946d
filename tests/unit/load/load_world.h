// Files, a ledger and a broker in memory, and processes that load from the one into the other.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "fakes/fake_broker.h"
#include "load/rejects_file.h"
#include "onceload/load/commit_protocol.h"
#include "onceload/message/partitioner.h"
#include "support/power_cut.h"
#include "support/temp_dir.h"

namespace onceload {

inline constexpr std::int32_t kPartitions = 3;
inline constexpr int kRows = 23;
inline constexpr int kRowsOfFirst = 9;
inline constexpr std::uint64_t kChunkRows = 5;

// Failpoints of these steps.
template <typename Steps>
std::vector<std::string> NamesOf(const Steps& steps) {
  std::vector<std::string> names;
  for (const ProtocolStep& step : steps) {
    std::istringstream words{std::string(step.failpoints)};
    for (std::string name; words >> name;) names.push_back(name);
  }
  return names;
}

inline std::vector<std::string> Names() {
  std::vector<std::string> names = NamesOf(kSteps);
  for (const std::string& name : NamesOf(kRunFailpoints)) names.push_back(name);
  return names;
}

// After these rows comes one that cannot be loaded.
inline constexpr std::array kBadAfter{4, 9, 17, 18};

// In memory where there is such a place: these tests open thousands of ledgers.
inline std::filesystem::path Parent() {
  const std::filesystem::path memory = "/dev/shm";
  return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
}

struct InputRow {
  std::string text;
  std::string user;
  bool bad = false;  // it cannot be loaded
};

inline bool IsBadAfter(int row) {
  return std::find(kBadAfter.begin(), kBadAfter.end(), row) != kBadAfter.end();
}

// The rows are spread over three files, of which the last one has no rows, or over more than fit a
// piece of the progress record's list, of which the last one has the last row.
class Inputs {
 public:
  enum class Shape { kThree, kMany };

  explicit Inputs(Shape shape = Shape::kThree) : directory_(Parent()) {
    const std::size_t files = shape == Shape::kThree ? 3 : kManyFiles;
    for (std::size_t i = 0; i < files; ++i) {
      const std::string name = shape == Shape::kThree ? std::string(1, static_cast<char>('a' + i))
                                                      : std::to_string(1'000 + i);
      paths_.push_back(directory_ / (name + ".csv"));
      std::ofstream(paths_[i], std::ios::binary) << "id,user\n";
    }
    for (int row = 1; row <= kRows; ++row) {
      const std::size_t many = (static_cast<std::size_t>(row) - 1) * (kManyFiles - 1) / (kRows - 1);
      const std::size_t file = shape == Shape::kMany ? many : row <= kRowsOfFirst ? 0 : 1;
      const std::string user = "u" + std::to_string(row % 4);
      Add(file, {std::to_string(row) + "," + user, user});
      if (IsBadAfter(row)) Add(file, {"bad,after," + std::to_string(row), "", /*bad=*/true});
    }
  }

  const std::vector<InputRow>& rows() const { return rows_; }
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  void Add(std::size_t file, InputRow row) {
    std::ofstream(paths_[file], std::ios::binary | std::ios::app) << row.text << "\n";
    rows_.push_back(std::move(row));
  }

  static constexpr std::size_t kManyFiles = kInputsOfAPiece + 1;

  TempDir directory_;
  std::vector<InputRow> rows_;
  std::vector<std::string> paths_;
};

// Files, a ledger and a broker that outlive the processes that die. Every row that cannot be loaded
// is a dead letter and a line of the file of rejected rows, unless a test wants it otherwise.
class World {
 public:
  World() : World(std::make_shared<const Inputs>()) {}
  // Of inputs that other worlds may have too: nobody writes to them.
  explicit World(std::shared_ptr<const Inputs> of)
      : World(std::move(of), std::make_shared<FakeBroker>(kPartitions), "") {}
  // Another machine's part of the same load.
  World(std::shared_ptr<const Inputs> of, std::shared_ptr<FakeBroker> brokers, std::string name)
      : inputs(std::move(of)),
        directory(Parent()),
        brokers_(std::move(brokers)),
        name_(std::move(name)),
        broker(*brokers_) {}

  const std::shared_ptr<FakeBroker>& brokers() const { return brokers_; }

  // One process. True: it ended well; false: it died at the failpoint.
  bool Run(const std::string& failpoint) {
    Failpoints failpoints = failpoint.empty() ? Failpoints() : Armed(failpoint);
    return RunWith(failpoints);
  }

  bool RunWith(Failpoints& failpoints) {
    broker.BeginProcess();
    return RunBeside(failpoints);
  }

  // A process that is not the broker's only one.
  bool RunBeside(Failpoints& failpoints) {
    ++runs;
    try {
      std::optional<CheckpointStore> opened;
      if (kept_ledger == nullptr) {
        opened.emplace(state, CheckpointStore::Mode::kReadWrite, failpoints);
      }
      CheckpointStore& store = opened ? *opened : *kept_ledger;
      const Watch watch(broker, run_id(),
                        [&](const ProgressRecord& marked) { LookAtCommit(store, marked); });
      LoadSettings settings = Settings();
      RunContext context{clock, failpoints, stop};
      FakeProducers producers(broker, failpoints);
      FakeProgressLog log(broker);
      FakeSurroundings surroundings(broker);
      report = RunLoad({context, surroundings, told, store, producers, log, feed}, settings);
      return true;
    } catch (const SimulatedCrash&) {
      return false;
    } catch (const Error&) {
      // The commit's thread died, and the load's thread saw a dead broker before it saw that.
      if (!broker.crashed) throw;
      return false;
    }
  }

  Failpoints Armed(const std::string& spec) {
    return Failpoints(spec, [this] {
      broker.crashed = true;
      throw SimulatedCrash{};
    });
  }

  LoadSettings Settings() {
    LoadSettings settings;
    ProgressRecord& blank = settings.here.blank;
    blank.load_name = "load";
    blank.load_id = name_ + "id-" + std::to_string(runs);
    blank.run_id = run_id();
    blank.topic = "topic";
    blank.rules = kNewestRules;
    blank.begun_ms = 1'700'000'000'000;
    blank.options = {{"columns", R"(["id","user"])"}};
    if (on_error == OnError::kDeadLetter) blank.dead_letter_topic = "dead";
    for (const std::string& path : paths) blank.inputs.push_back(SourceFile(path).identity());
    settings.here.match.watched = feed != nullptr;
    settings.rows.rejects.on_error = on_error;
    settings.rows.rejects.keep_text = keeps_rejects;
    if (keeps_rejects) settings.rejects_path = rejects_path;
    settings.rows.encode.key_columns = {"user"};
    settings.rows.encode.format = MessageFormat::kRaw;
    settings.chunk.rows = chunk_rows;
    settings.chunk.age = chunk_age;
    settings.max_rate = max_rate;
    settings.rows.work = {threads, 3, 40};  // of rows of some ten bytes
    if (adjust) adjust(settings);
    return settings;
  }

  std::string run_id() const { return name_ + "run-" + std::to_string(runs); }

  // A further file for the load, and more rows at its end.
  void AddFile() {
    paths.push_back(directory / "z.csv");
    std::ofstream(paths.back(), std::ios::binary) << "id,user\n";
    Grow(100);
  }
  void Grow(int first) {
    for (int row = first; row < first + 3; ++row) {
      const std::string user = "u" + std::to_string(row % 4);
      rows.push_back({std::to_string(row) + "," + user, user});
      std::ofstream(paths.back(), std::ios::binary | std::ios::app) << rows.back().text << "\n";
    }
  }

  // What is not as it should be: each row that the newest record counts once, in its partition, in
  // file order, and the same of the dead letters; no other, and the record says where. Empty:
  // nothing.
  std::string Damage(bool complete) const {
    if (!wrong.empty()) return wrong;
    const std::optional<ProgressRecord> latest = broker.Latest();
    const std::uint64_t accounted = latest ? latest->input_rows() : 0;
    if (accounted > rows.size()) return "more rows than there are";
    if (latest && !ImpossibleIn(*latest).empty()) return ImpossibleIn(*latest);
    std::vector<std::vector<std::string>> expected(kPartitions);
    std::vector<std::string> dead;
    for (std::uint64_t i = 0; i < accounted; ++i) {
      if (rows[i].bad) {
        dead.push_back(rows[i].text);
        continue;
      }
      const PartitionId partition = PartitionOf(rows[i].user, RowNumber{1}, kPartitions);
      expected[static_cast<std::size_t>(partition.value)].push_back(rows[i].text);
    }
    for (std::size_t p = 0; p < expected.size(); ++p) {
      if (broker.Committed(p) != expected[p]) return "partition " + std::to_string(p);
      if (latest && !Says(latest->partitions[p], broker.log[p])) {
        return "the record's word of partition " + std::to_string(p);
      }
    }
    const bool sends_dead = on_error == OnError::kDeadLetter;
    if (broker.CommittedDeadLetters() != (sends_dead ? dead : std::vector<std::string>())) {
      return "dead letters";
    }
    if (latest && !Says(latest->dead_letters, broker.dead_letters)) return "the dead letters' word";
    if (!complete) return "";
    if (accounted < rows.size()) return "rows are missing";
    if (keeps_rejects && RejectedTexts() != dead) return "rejects file";
    if (latest && std::any_of(latest->inputs.begin(), latest->inputs.end(),
                              [](const InputFile& input) { return !input.end; })) {
      return "a file without an end";
    }
    return latest && latest->complete ? "" : "not complete";
  }

  // How many of a load's records a partition has, which, and where they begin and end.
  static bool Says(const PartitionProgress& partition, const std::vector<FakeBroker::Row>& log) {
    PartitionProgress found;
    for (std::size_t i = 0; i < log.size(); ++i) {
      if (log[i].transaction->state != FakeBroker::State::kCommitted) continue;
      const KafkaOffset offset{static_cast<std::int64_t>(i)};
      found.Add(log[i].digest);
      if (found.rows == 1) found.first = offset;
      found.end = KafkaOffset{offset.value + 1};
    }
    return partition == found;
  }

  // The row_text of each line of the file of rejected rows.
  std::vector<std::string> RejectedTexts() const {
    std::ifstream file(rejects_path);
    std::vector<std::string> texts;
    std::string line;
    std::getline(file, line);
    if (line + "\n" != RejectsHeader(RejectsFormat::kSecond)) return {"no header: " + line};
    while (std::getline(file, line)) {
      const std::size_t begin = line.rfind(",\"bad") + 2;
      texts.push_back(line.substr(begin, line.find('"', begin) - begin));
    }
    return texts;
  }

  std::shared_ptr<const Inputs> inputs;
  std::vector<InputRow> rows = inputs->rows();  // in the order of the files
  std::vector<std::string> paths = inputs->paths();
  TempDir directory;
  std::string rejects_path = directory / "rejects.csv";
  std::string state = directory / "state.db";
  CheckpointStore* kept_ledger = nullptr;  // in place of the state file; nullptr: none

 private:
  std::shared_ptr<FakeBroker> brokers_;
  std::string name_;  // before the ids of its runs

 public:
  FakeBroker& broker;
  ManualClock clock;
  std::atomic<bool> stop{false};
  std::uint64_t chunk_rows = kChunkRows;
  Duration chunk_age{5'000};
  MaxRate max_rate;
  int threads = 1;
  InputFeed* feed = nullptr;  // in place of the settings' inputs
  OnError on_error = OnError::kDeadLetter;
  bool keeps_rejects = true;                  // in a file
  std::function<void(LoadSettings&)> adjust;  // what a test wants otherwise
  LoadReport report;
  EventKeeper told;
  std::string wrong;  // what was seen at a commit that must not be
  int runs = 0;

 private:
  // Looks at a run's commits while it lives.
  class Watch {
   public:
    Watch(FakeBroker& watched, std::string run, std::function<void(const ProgressRecord&)> look)
        : broker_(watched), run_(std::move(run)) {
      broker_.before_commit[run_] = std::move(look);
    }
    ~Watch() { broker_.before_commit.erase(run_); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    FakeBroker& broker_;
    std::string run_;
  };

  // What must be on the disk and in the ledger before a commit is asked for. While a commit is
  // under way nobody else uses the ledger.
  void LookAtCommit(CheckpointStore& store, const ProgressRecord& marked) {
    if (broker.crashed) return;
    if (BytesAfterPowerCut(rejects_path, directory.path()) <
            static_cast<std::int64_t>(marked.rejects_bytes) &&
        marked.rejects_bytes > 0) {
      wrong = "rejected rows that a power cut takes away are committed";
    }
    const ProgressRecord* const latest = broker.NewestMark();
    const std::string newest = latest == nullptr ? "" : latest->run_id;
    const auto [found, first] = broker.found_by.try_emplace(marked.run_id, newest);
    if (!first && newest != marked.run_id && newest != found->second) {
      wrong = "a loader that had claimed was overrun";
    }
    if (latest == nullptr || latest->chunk == marked.chunk) {  // a claim, or the last record
      std::uint64_t rejected = 0;
      for (const auto& reason : store.Rejected("load", 0)) rejected += reason.rows;
      if (rejected > marked.rejected) wrong = "rows are rejected that no chunk has";
      return;
    }
    if (latest->run_id != marked.run_id) wrong = "rows without a claim";
    if (marked.chunk.value % 4 != 1) return;  // it takes as long as all the rest of a commit
    const std::optional<LedgerState> ledger = store.Find("load");
    if (!ledger || !ledger->intent || !SameOutcome(*ledger->intent, marked) ||
        ledger->intent->inputs != marked.inputs) {
      wrong = "the commit of a chunk that is not intended";
    }
  }
};

}  // namespace onceload
