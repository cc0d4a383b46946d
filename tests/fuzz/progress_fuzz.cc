// Progress record: decoding anything gives a record or an Error, and a record survives both ways.
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/fuzz.h"
#include "onceload/core/error.h"
#include "onceload/kafka/progress_log.h"

namespace onceload {
namespace {

void Run(std::string_view bytes) {
  ProgressRecord record;
  try {
    record = DecodeProgress(bytes, "here");
  } catch (const Error& error) {
    fuzz::Check(error.code() == ExitCode::kDisagreement, "a person must decide");
    return;
  }
  fuzz::Check(DecodeProgress(EncodeProgress(record), "there") == record, "a record round-trips");
}

}  // namespace
}  // namespace onceload

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  onceload::Run(onceload::fuzz::Input(data, size).rest());
  return 0;
}
