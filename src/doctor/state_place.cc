#include "doctor/state_place.h"

#include <array>
#include <filesystem>
#include <optional>

#include <sys/statfs.h>
#include <unistd.h>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/checkpoint/load_lock.h"
#include "onceload/core/error.h"
#include "onceload/core/failpoints.h"

namespace onceload {
namespace {

namespace fs = std::filesystem;

// A load's ledger takes a few hundred bytes a chunk and partition.
constexpr std::uint64_t kSpaceNeeded = std::uint64_t{100} << 20;

constexpr char kRemedy[] = "put the ledger on a local disk with --state FILE";

struct Network {
  std::uint64_t magic;  // statfs(2)
  const char* name;
};
constexpr std::array kNetworks{Network{0x6969, "NFS"},        Network{0x517b, "SMB"},
                               Network{0xfe534d42, "SMB"},    Network{0xff534d42, "CIFS"},
                               Network{0x01021997, "9p"},     Network{0x00c36400, "Ceph"},
                               Network{0x0bd00bd0, "Lustre"}, Network{0x5346414f, "AFS"},
                               Network{0x65735546, "FUSE"},   Network{0x01161970, "GFS2"}};

// The nearest directory that is there: the others are made.
fs::path ExistingAbove(const fs::path& state) {
  fs::path at = fs::absolute(state).parent_path();
  std::error_code ignored;
  while (!fs::exists(at, ignored) && at.has_relative_path()) at = at.parent_path();
  return at;
}

void Remove(const fs::path& scratch) {
  std::error_code ignored;
  const std::string prefix = scratch.filename().string();
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(scratch.parent_path(), ignored)) {
    if (entry.path().filename().string().starts_with(prefix)) files.push_back(entry.path());
  }
  for (const fs::path& file : files) fs::remove(file, ignored);
}

// As a load does it: a database that is written, and the load's lock.
std::optional<Error> TryLedger(const fs::path& scratch) {
  std::optional<Error> refused;
  try {
    Failpoints none;
    const CheckpointStore store(scratch.string(), CheckpointStore::Mode::kReadWrite, none);
    const LoadLock lock(scratch.string(), "doctor", "onceload doctor");
  } catch (const Error& error) {
    refused = error;
  }
  Remove(scratch);
  return refused;
}

}  // namespace

std::vector<HealthCheck> ExamineStatePlace(const std::string& state) {
  std::vector<HealthCheck> checks;
  const fs::path place = ExistingAbove(state);
  const fs::path scratch = place / (".onceload-doctor-" + std::to_string(getpid()) + ".db");
  if (const std::optional<Error> refused = TryLedger(scratch)) {
    checks.push_back({"state", Health::kProblem,
                      std::string(refused->what()) + " in " + place.string(),
                      refused->advice().empty() ? kRemedy : refused->advice()});
    return checks;
  }
  struct statfs facts {};
  if (::statfs(place.c_str(), &facts) != 0) return checks;
  const char* network = nullptr;
  for (const Network& candidate : kNetworks) {
    if (candidate.magic == static_cast<std::uint64_t>(static_cast<std::uint32_t>(facts.f_type))) {
      network = candidate.name;
    }
  }
  if (network != nullptr) {
    checks.push_back({"state", Health::kWarning,
                      place.string() + " is on " + network +
                          ": a database there may be damaged when two machines use it",
                      kRemedy});
  } else {
    checks.push_back({"state", Health::kOk, place.string() + " can be written and locked", ""});
  }
  const std::uint64_t free = facts.f_bavail * static_cast<std::uint64_t>(facts.f_bsize);
  const std::string text = std::to_string(free >> 20) + " MiB free in " + place.string();
  if (free < kSpaceNeeded) {
    checks.push_back({"disk", Health::kWarning, text, "free some space, or use another --state"});
  } else {
    checks.push_back({"disk", Health::kOk, text, ""});
  }
  return checks;
}

}  // namespace onceload
