#include "recover/known_files.h"

#include <array>
#include <map>
#include <string_view>

#include "onceload/csv/footer.h"
#include "onceload/source/source_file.h"

namespace onceload {
namespace {

// Of the text behind an end. A row that is still being written most often ends within it.
constexpr std::size_t kRestBytes = std::size_t{64} << 10;

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

bool HasRowsLeft(const InputFile& given, const Known& known, const MatchRules& rules) {
  const ByteOffset end = known.loaded.byte;
  if (!known.finished || rules.watched || rules.audit) return false;
  if (!given.coding.empty() || given.size <= end.value) return false;
  const SourceFile file(given.path, rules.encoding);
  if (rules.skip_footer > 0 && FooterBegin(file, rules.skip_footer) <= end) return false;
  if (!rules.require_record_end) return true;
  std::array<char, kRestBytes> rest{};
  const std::string_view text(rest.data(), file.ReadAt(end, rest));
  return text.find_first_of("\r\n") != std::string_view::npos;
}

}  // namespace onceload
