// What happens to a simulated load, and to its ledger: drawn from a seed.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>

#include "unit/load/kept_ledger.h"
#include "unit/load/load_world.h"

namespace onceload {

inline constexpr int kProcessesMax = 8;

// What happens to a load, drawn from a seed: for each producer by itself, so that it does not
// depend on which thread comes first.
class Fortune {
 public:
  explicit Fortune(std::uint64_t seed) : seed_(seed), chance_(seed) {
    for (std::size_t turn = 0; turn < kTurns; ++turn)
      Of(TransactionalId(ClassicIdBase("load"), turn));
  }

  bool OneIn(std::uint64_t n) { return chance_() % n == 0; }
  std::uint64_t Below(std::uint64_t n) { return chance_() % n; }

  // What was done to producers that only new ones put right.
  int faults() const { return faults_; }

  // How many looks a lane's acknowledgements take in the next transaction of this id.
  int Late(const std::string& id) {
    std::mt19937_64& chance = Of(id);
    return chance() % 3 == 0 ? static_cast<int>(chance() % 8) : 0;
  }

  // Before a call of a producer.
  Outcome Draw(FakeBroker& broker, Clock& clock, const std::string& id, const std::string& call) {
    std::mt19937_64& chance = Of(id);
    if (chance() % 8 == 0) broker.DeliverGhosts();
    if (chance() % 16 != 0) return {};
    if (call == "Commit") return DrawCommit(broker, chance);
    const std::uint64_t drawn = chance() % 4;
    if (drawn > 0) ++faults_;
    switch (drawn) {
      case 0:
        // The others come through or fail.
        return call == "Begin" || call == "Mark" || call == "Send"
                   ? Outcome{}
                   : Outcome{Verdict::kPending, "slow"};
      case 1:
        return {Verdict::kFatal, "drawn"};
      case 2:
        return call == "Init" || call == "Begin" ? Outcome{} : Outcome{Verdict::kAbort, "drawn"};
      default:
        return TimeOut(broker, clock, id);
    }
  }

 private:
  Outcome DrawCommit(FakeBroker& broker, std::mt19937_64& chance) {
    using Fate = FakeBroker::CommitFate;
    constexpr std::array kFates{Fate::kInDoubt, Fate::kInDoubt, Fate::kAbort, Fate::kDoneThenFatal,
                                Fate::kLostThenFatal};
    const std::uint64_t drawn = chance() % (kFates.size() + 1);
    if (drawn == kFates.size()) return {Verdict::kPending, "slow"};
    ++faults_;
    broker.fates.push_back(kFates[drawn]);
    return {};
  }

  // The coordinator aborts a transaction that has been open for too long, and bumps the epoch.
  static Outcome TimeOut(FakeBroker& broker, Clock& clock, const std::string& id) {
    auto& open = broker.open[id];
    if (!open) return {};
    clock.Sleep(kTransactionTimeout);
    open->state = FakeBroker::State::kAborted;
    open = nullptr;
    ++broker.epochs[id];
    return {};
  }

  std::mt19937_64& Of(const std::string& id) {
    return chances_.try_emplace(id, seed_ * 31 + id.back()).first->second;
  }

  std::uint64_t seed_;
  std::atomic<int> faults_{0};
  std::mt19937_64 chance_;
  std::map<std::string, std::mt19937_64> chances_;
};

// The ledger of a schedule's processes.
class LedgerOfSchedule {
 public:
  // `kept`: nullptr if each process opens a file, the first of them a new one.
  LedgerOfSchedule(World& world, Fortune& fortune, KeptLedgers* kept) : world_(world), kept_(kept) {
    for (int process = 1; process < kProcessesMax; ++process) {
      if (!fortune.OneIn(3)) continue;
      const int then = static_cast<int>(fortune.Below(static_cast<unsigned>(process)));
      // Nothing was there before process 0.
      changes_[process] = fortune.OneIn(2) ? then : 0;
    }
    if (kept_ == nullptr) return;
    kept_->Begin();
    TakeBlank();
  }

  // Before this process, the ledger is as the last one left it, or lost, or as it was at an earlier
  // time.
  void Draw(int process) {
    if (IsWantedLater(process)) Copy(process);
    changed_ |= changes_.contains(process);
    const auto change = changes_.find(process);
    if (change == changes_.end()) return;
    world_.state = world_.directory / ("state-" + std::to_string(process));
    const std::string older = CopyBefore(change->second);
    if (std::filesystem::exists(older)) {
      std::filesystem::copy_file(older, world_.state);
      world_.kept_ledger = nullptr;
      current_ = nullptr;
    } else if (kept_ != nullptr) {
      TakeBlank();
    }
  }

  // The number of its last committed chunk.
  std::uint64_t Chunk() const {
    const auto state = State();
    return state ? state->last.chunk.value : 0;
  }

  // Of the load that it knows; empty: of none.
  std::string LoadId() const {
    const auto state = State();
    return state ? state->last.load_id : "";
  }

  // What it says otherwise than Kafka, whose load is complete; empty: nothing.
  // `alone`: it knows all that was rejected, unless it was changed.
  std::string Damage(const ProgressRecord& kafka, bool alone) const {
    return Look<std::string>([&](const CheckpointStore& store) -> std::string {
      const auto state = store.Find("load");
      if (!state || state->intent || !SameOutcome(state->last, kafka)) return "the ledger's end";
      if (state->last.options != kafka.options) return "the ledger's options";
      std::uint64_t rejected = 0;
      for (const auto& reason : store.Rejected("load", 0)) rejected += reason.rows;
      const bool all = alone && !changed_;
      const bool right = all ? rejected == kafka.rejected : rejected <= kafka.rejected;
      return right ? "" : "the ledger's rejected rows";
    });
  }

 private:
  // `look` at it; T() if there is none.
  template <typename T, typename F>
  T Look(const F& look) const {
    Failpoints none;
    if (world_.kept_ledger != nullptr) return look(*world_.kept_ledger);
    if (!std::filesystem::exists(world_.state)) return T();
    return look(CheckpointStore(world_.state, CheckpointStore::Mode::kReadWrite, none));
  }

  std::optional<LedgerState> State() const {
    return Look<std::optional<LedgerState>>(
        [](const CheckpointStore& store) { return store.Find("load"); });
  }

  std::string CopyBefore(int process) const {
    return world_.directory / ("copy-" + std::to_string(process));
  }

  bool IsWantedLater(int process) const {
    return process > 0 && std::any_of(changes_.begin(), changes_.end(), [&](const auto& change) {
             return change.first > process && change.second == process;
           });
  }

  void Copy(int process) {
    if (current_ != nullptr) {
      current_->CopyTo(CopyBefore(process));
    } else if (std::filesystem::exists(world_.state)) {
      std::filesystem::copy_file(world_.state, CopyBefore(process));
    }
  }

  void TakeBlank() {
    current_ = &kept_->TakeBlank();
    world_.kept_ledger = &current_->store();
  }

  World& world_;
  KeptLedgers* kept_;
  KeptLedger* current_ = nullptr;  // nullptr: world_.state is
  bool changed_ = false;           // by now, since the last process left it or earlier
  std::map<int, int> changes_;     // process: before which earlier one it was so; 0: it is lost
};

}  // namespace onceload
