// Content that the topic has already, from another load.
#pragma once

#include <memory>
#include <string>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/core/run_context.h"
#include "onceload/recover/input_match.h"

namespace onceload {

class LoadedBefore {
 public:
  // What the ledger knows now of the texts that loads of other names than `load_name` have put into
  // `topic`. `by_key`: shards of the same files by their keys do not count, for the load is one.
  LoadedBefore(const CheckpointStore& store, const std::string& topic, const std::string& load_name,
               bool by_key = false);
  ~LoadedBefore();
  LoadedBefore(const LoadedBefore&) = delete;
  LoadedBefore& operator=(const LoadedBefore&) = delete;

  // Throws Error(kUsage) if the file's text is or begins with one of them, whatever it is called
  // and however it is packed, or if a load that has rows there and has not ended is to load the
  // file as well; what SourceFile throws; Error(kStopped) after a signal.
  void Refuse(const InputFile& file, const MatchRules& rules, RunContext& context) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace onceload
