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

// The rows are spread over three files, of which the last one has no rows.
class Inputs {
 public:
  Inputs() : directory_(Parent()) {
    std::array<std::ofstream, 3> files;
    for (std::size_t i = 0; i < files.size(); ++i) {
      files[i].open(paths[i], std::ios::binary);
      files[i] << "id,user\n";
    }
    for (int row = 1; row <= kRows; ++row) {
      std::ofstream& file = files[row <= kRowsOfFirst ? 0 : 1];
      file << row << ",u" << row % 4 << "\n";
      if (std::find(kBadAfter.begin(), kBadAfter.end(), row) != kBadAfter.end()) {
        file << "bad,after," << row << "\n";
      }
    }
  }

 private:
  TempDir directory_;

 public:
  const std::array<std::string, 3> paths{directory_ / "a.csv", directory_ / "b.csv",
                                         directory_ / "c.csv"};
};

// Files, a ledger and a broker that outlive the processes that die. Every row that cannot be loaded
// is a dead letter and a line of the file of rejected rows.
class World {
 public:
  World() : World(std::make_shared<const Inputs>()) {}
  // Of inputs that other worlds may have too: nobody writes to them.
  explicit World(std::shared_ptr<const Inputs> of)
      : inputs(std::move(of)), directory(Parent()), broker(kPartitions) {}

  // One process. True: it ended well; false: it died at the failpoint.
  bool Run(const std::string& failpoint) {
    Failpoints failpoints = failpoint.empty() ? Failpoints() : Armed(failpoint);
    return RunWith(failpoints);
  }

  bool RunWith(Failpoints& failpoints) {
    broker.BeginProcess();
    ++runs;
    try {
      std::optional<CheckpointStore> opened;
      if (kept_ledger == nullptr) {
        opened.emplace(state, CheckpointStore::Mode::kReadWrite, failpoints);
      }
      CheckpointStore& store = opened ? *opened : *kept_ledger;
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
    blank.load_id = "id-" + std::to_string(runs);
    blank.run_id = "run-" + std::to_string(runs);
    blank.topic = "topic";
    blank.rules = kNewestRules;
    blank.begun_ms = 1'700'000'000'000;
    blank.options = {{"columns", R"(["id","user"])"}};
    blank.dead_letter_topic = "dead";
    for (const std::string& path : paths) blank.inputs.push_back(SourceFile(path).identity());
    settings.here.match.watched = feed != nullptr;
    settings.rows.rejects.on_error = OnError::kDeadLetter;
    settings.rows.rejects.keep_text = true;
    settings.rejects_path = rejects_path;
    settings.rows.encode.key_columns = {"user"};
    settings.rows.encode.format = MessageFormat::kRaw;
    settings.chunk.rows = kChunkRows;
    settings.chunk.age = chunk_age;
    settings.max_rate = max_rate;
    if (adjust) adjust(settings);
    return settings;
  }

  // What is not as it should be: each row once, in its partition, in file order, and the same of
  // the dead letters; while the load goes on, the first of them. Empty: nothing.
  std::string Damage(bool complete) const {
    std::vector<std::vector<std::string>> expected(kPartitions);
    for (int row = 1; row <= kRows; ++row) {
      const std::string user = "u" + std::to_string(row % 4);
      const PartitionId partition = PartitionOf(user, RowNumber{1}, kPartitions);
      expected[static_cast<std::size_t>(partition.value)].push_back(std::to_string(row) + "," +
                                                                    user);
    }
    for (std::size_t p = 0; p < expected.size(); ++p) {
      if (Differ(broker.Committed(p), expected[p], complete)) {
        return "partition " + std::to_string(p);
      }
    }
    std::vector<std::string> dead;
    for (const int row : kBadAfter) dead.push_back("bad,after," + std::to_string(row));
    if (Differ(broker.CommittedDeadLetters(), dead, complete)) return "dead letters";
    if (!complete) return "";
    if (RejectedTexts() != dead) return "rejects file";
    return broker.Latest() && broker.Latest()->complete ? "" : "not complete";
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

  static bool Differ(const std::vector<std::string>& found,
                     const std::vector<std::string>& expected, bool complete) {
    if (complete ? found.size() != expected.size() : found.size() > expected.size()) return true;
    return !std::equal(found.begin(), found.end(), expected.begin());
  }

  std::shared_ptr<const Inputs> inputs;
  std::array<std::string, 3> paths = inputs->paths;
  TempDir directory;
  std::string rejects_path = directory / "rejects.csv";
  std::string state = directory / "state.db";
  CheckpointStore* kept_ledger = nullptr;  // in place of the state file; nullptr: none
  FakeBroker broker;
  ManualClock clock;
  std::atomic<bool> stop{false};
  Duration chunk_age{5'000};
  MaxRate max_rate;
  InputFeed* feed = nullptr;                  // in place of the settings' inputs
  std::function<void(LoadSettings&)> adjust;  // what a test wants otherwise
  LoadReport report;
  EventKeeper told;
  int runs = 0;
};

}  // namespace onceload
