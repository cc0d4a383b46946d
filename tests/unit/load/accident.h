// What only people or a broken cluster do to a load that has begun: its topic is made again or
// loses records, its progress record is lost or damaged. A run that could know has to refuse.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "unit/load/fortune.h"

namespace onceload {

class Accident {
 public:
  // `known`: the newest chunk of the ledger.
  Accident(World& world, Fortune& fortune, std::uint64_t known)
      : world_(world), broker_(world.broker), fortune_(fortune), known_(known) {}

  // What goes wrong with the run after it; empty: nothing.
  std::string Play() {
    const std::uint64_t drawn = fortune_.Below(5);
    if (drawn == 0) return PlayMadeAgainAmid();
    if (!Happen(drawn)) return "";  // nobody could know
    const auto held = broker_.Latest();
    try {
      world_.Run("");
    } catch (const Error& error) {
      if (error.code() != ExitCode::kDisagreement) throw;
      if (broker_.AnyOpen()) return "a refusal left a transaction open";
      const auto after = broker_.Latest();
      return after == held ? "" : "something was committed before the refusal";
    }
    return "what Kafka has lost is not refused";
  }

 private:
  // Whether a run can know of it.
  bool Happen(std::uint64_t which) {
    const auto before = broker_.Latest();
    switch (which) {
      case 1: {
        const bool has_ids = fortune_.OneIn(2);
        broker_.Recreate(has_ids ? "another-id" : broker_.topic_id);
        return before && (has_ids || before->rows() > 0);
      }
      case 2: {
        broker_.LoseNewest();
        const auto left = broker_.Latest();
        return known_ > (left ? left->chunk.value : 0);
      }
      case 3:
        return before && Shorten(*before);
      default:
        return before && Damage(*before);
    }
  }

  // By one record of those that are loaded.
  bool Shorten(const ProgressRecord& before) {
    const std::size_t drawn = fortune_.Below(kPartitions);
    const PartitionProgress& partition = before.partitions[drawn];
    if (partition.rows == 0) return false;
    while (static_cast<std::int64_t>(broker_.log[drawn].size()) >= partition.end.value) {
      broker_.Shorten(drawn);
    }
    return true;
  }

  bool Damage(ProgressRecord record) {
    if (record.rows() == 0) return false;
    ++record.rejected;
    auto committed = std::make_shared<FakeBroker::Transaction>();
    committed->state = FakeBroker::State::kCommitted;
    broker_.Append(committed, record, {0, record.inputs.size()});
    return true;
  }

  // While a run sends. Seen as soon as a partition that had rows of this load gets another one.
  std::string PlayMadeAgainAmid() {
    std::uint64_t sends = 1 + fortune_.Below(12);
    std::vector<bool> lost(kPartitions, false);
    broker_.moment = [&](std::string_view call) {
      if (call != "Send" || sends == 0 || --sends > 0) return;
      const auto latest = broker_.Latest();
      for (std::size_t p = 0; latest && p < kPartitions; ++p) {
        lost[p] = latest->partitions[p].rows > 0;
      }
      broker_.Recreate(broker_.topic_id);
    };
    try {
      world_.Run("");
    } catch (const Error& error) {
      broker_.moment = nullptr;
      if (error.code() == ExitCode::kDisagreement) {
        return broker_.AnyOpen() ? "a refusal left a transaction open" : "";
      }
      if (error.code() != ExitCode::kInput) throw;
    }
    broker_.moment = nullptr;
    for (std::size_t p = 0; p < kPartitions; ++p) {
      if (lost[p] && !broker_.Committed(p).empty()) return "a partition went back, unnoticed";
    }
    return "";
  }

  World& world_;
  FakeBroker& broker_;
  Fortune& fortune_;
  std::uint64_t known_;
};

}  // namespace onceload
