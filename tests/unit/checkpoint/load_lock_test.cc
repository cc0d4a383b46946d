// One loader at a time, real locks and real processes.
#include "onceload/checkpoint/load_lock.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "onceload/core/digest.h"
#include "support/temp_dir.h"
#include "unit/checkpoint/ledger_samples.h"

namespace onceload {
namespace {

namespace fs = std::filesystem;

class LoadLockTest : public testing::Test {
 protected:
  std::string LockFile(const std::string& name) { return state_ + ".lock-" + DigestOf(name).Hex(); }

  TempDir dir_;
  std::string state_ = dir_ / "ledger.db";
};

// A child that holds a lock until it is killed.
class Holder {
 public:
  Holder(const std::string& state, const std::string& name, const std::string& text) {
    int ready[2];
    if (::pipe(ready) != 0) throw std::runtime_error("pipe");
    child_ = ::fork();
    if (child_ == 0) {
      try {
        const LoadLock lock(state, name, text);
        if (::write(ready[1], "r", 1) != 1) std::_Exit(1);
        for (;;) ::pause();
      } catch (const Error& error) {
        std::fprintf(stderr, "in the child: %s\n", error.Line().c_str());
        std::_Exit(1);
      }
    }
    ::close(ready[1]);
    char byte = 0;
    locked_ = ::read(ready[0], &byte, 1) == 1;
    ::close(ready[0]);
  }
  ~Holder() { Kill(); }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  bool locked() const { return locked_; }
  void Kill() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = -1;
  }

 private:
  pid_t child_ = -1;
  bool locked_ = false;
};

TEST_F(LoadLockTest, AnotherProcessIsRefusedAndToldWhoHoldsIt) {
  Holder holder(state_, "load", "pid 4711 on host");
  ASSERT_TRUE(holder.locked());
  ExpectThreeParts(ErrorOf([&] { LoadLock(state_, "load", "me"); }), ExitCode::kHeld,
                   "pid 4711 on host", LockFile("load"), "wait until it ends");
  EXPECT_EQ(LoadLock::Holder(state_, "load"), "pid 4711 on host");  // the refused one wrote nothing
}

TEST_F(LoadLockTest, DiesWithItsProcess) {
  Holder holder(state_, "load", "pid 4711 on host, a rather long text");
  ASSERT_TRUE(holder.locked());
  holder.Kill();
  EXPECT_EQ(LoadLock::Holder(state_, "load"), std::nullopt);
  const LoadLock lock(state_, "load", "me");
  EXPECT_EQ(LoadLock::Holder(state_, "load"), "me");  // and nothing left of the longer text
}

TEST_F(LoadLockTest, IsFreeAfterItsEndAndTheFileStays) {
  { const LoadLock lock(state_, "load", "me"); }
  EXPECT_EQ(LoadLock::Holder(state_, "load"), std::nullopt);
  EXPECT_TRUE(fs::exists(LockFile("load")));
  EXPECT_EQ(fs::file_size(LockFile("load")), 0U);
  EXPECT_NO_THROW(LoadLock(state_, "load", "me again"));
}

TEST_F(LoadLockTest, SecondOneInTheSameProcessIsRefused) {
  const LoadLock lock(state_, "load", "me");
  EXPECT_EQ(ErrorOf([&] { LoadLock(state_, "load", "me too"); }).code(), ExitCode::kHeld);
}

TEST_F(LoadLockTest, LoadsOfOtherNamesAndStateFilesAreFree) {
  const LoadLock lock(state_, "load", "me");
  EXPECT_NO_THROW(LoadLock(state_, "other", "me"));
  EXPECT_NO_THROW(LoadLock(dir_ / "other.db", "load", "me"));
}

TEST_F(LoadLockTest, HolderNeitherTakesNorMakesNorLosesAnything) {
  EXPECT_EQ(LoadLock::Holder(state_, "load"), std::nullopt);
  EXPECT_EQ(LoadLock::Holder(dir_ / "no/ledger.db", "load"), std::nullopt);
  EXPECT_TRUE(fs::is_empty(dir_.path()));
  const LoadLock lock(state_, "load", "me");
  // Looking from the process that has the lock must not drop it, as closing a descriptor drops
  // POSIX's locks.
  EXPECT_EQ(LoadLock::Holder(state_, "load"), "me");
  RunAndKill([&] {
    if (ErrorOf([&] { LoadLock(state_, "load", "child"); }).code() != ExitCode::kHeld) {
      throw std::runtime_error("the lock was lost");
    }
  });
}

TEST_F(LoadLockTest, LookingNeverTurnsALoaderAway) {
  std::atomic<bool> stop = false;
  std::thread looker([&] {
    while (!stop) LoadLock::Holder(state_, "load");
  });
  for (int i = 0; i < 2000; ++i) EXPECT_NO_THROW(LoadLock(state_, "load", "me"));
  stop = true;
  looker.join();
}

TEST_F(LoadLockTest, HolderWithoutATextIsStillAHolder) {
  const LoadLock lock(state_, "load", "");
  EXPECT_EQ(LoadLock::Holder(state_, "load"), "a process that has just started");
}

TEST_F(LoadLockTest, TwoSpellingsOfAStateFileHaveOneLock) {
  fs::create_directory(dir_ / "a");
  fs::create_symlink(dir_.path(), dir_ / "a/link");
  std::ofstream(state_).flush();
  fs::create_symlink(state_, dir_ / "linked.db");
  const LoadLock lock(state_, "load", "me");
  for (const std::string& spelling :
       {dir_ / "a/../ledger.db", dir_ / "a/link/ledger.db", dir_ / "linked.db"}) {
    EXPECT_EQ(LoadLock::Holder(spelling, "load"), "me") << spelling;
  }
}

TEST_F(LoadLockTest, MakesTheDirectory) {
  EXPECT_NO_THROW(LoadLock(dir_ / "new/state/ledger.db", "load", "me"));
  EXPECT_TRUE(fs::exists(dir_ / "new/state"));
}

TEST_F(LoadLockTest, LockFileThatCannotBeMadeIsExplained) {
  { const LoadLock lock(state_, "load", "someone else"); }
  ASSERT_EQ(::chmod(LockFile("load").c_str(), 0400), 0);
  ASSERT_EQ(::chmod(dir_.path().c_str(), 0777), 0);
  const AsNobody nobody;
  ExpectThreeParts(ErrorOf([&] { LoadLock(state_, "load", "me"); }), ExitCode::kUsage,
                   "Permission denied", LockFile("load"), "writable");
}

}  // namespace
}  // namespace onceload
