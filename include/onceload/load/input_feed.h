// Where a load that does not end gets its inputs.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "onceload/core/error.h"
#include "onceload/core/progress_record.h"
#include "onceload/kafka/progress_log.h"

namespace onceload {

// Called by the load thread, with no transaction open: what takes long here holds nothing up but
// the load itself. All rows of the record that it is given are committed, and where its inputs end
// is in Kafka.
class InputFeed {
 public:
  virtual ~InputFeed() = default;

  // A session begins: the files to be matched with the inputs of `was` (nullopt: the load is new,
  // and has to begin with a file). Of an unfinished input its file has to be among them.
  virtual std::vector<InputFile> Begin(const std::optional<ProgressRecord>& was) = 0;

  // Looks once for further files, does not wait, and adds them to at.inputs. The inputs that are
  // added or are others now; an empty range: there is nothing to load.
  virtual FileRange Look(ProgressRecord& at) = 0;

  // at.inputs[file] cannot be read on, and is going to end where it stands. Throws `error` if that
  // ends the run.
  virtual void Fail(const ProgressRecord& at, std::size_t file, const Error& error) = 0;

  // Does what is to be done with files whose input has ended.
  virtual void Settle(const ProgressRecord& at) = 0;
};

}  // namespace onceload
