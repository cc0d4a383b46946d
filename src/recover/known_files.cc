#include "recover/known_files.h"

#include <map>

namespace onceload {
namespace {

InputPosition LoadedOf(const ProgressRecord& load, std::size_t i) {
  const InputFile& input = load.inputs[i];
  if (input.end) return *input.end;
  if (i == load.position.file) return load.position;
  return input.begin.value_or(InputPosition{});
}

}  // namespace

std::vector<Known> KnownFilesOf(const ProgressRecord& load) {
  std::vector<Known> files;
  std::map<std::size_t, std::size_t> file_of;  // by index of a piece
  for (std::size_t i = 0; i < load.inputs.size(); ++i) {
    const InputFile& input = load.inputs[i];
    const auto before = input.begin ? file_of.find(input.begin->file) : file_of.end();
    const std::size_t k = before == file_of.end() ? files.size() : before->second;
    if (k == files.size()) files.emplace_back();
    file_of[i] = k;
    Known& file = files[k];
    file.last = i;
    file.pieces.push_back(i);
    file.finished = input.end.has_value();
    file.loaded = LoadedOf(load, i);
  }
  return files;
}

}  // namespace onceload
