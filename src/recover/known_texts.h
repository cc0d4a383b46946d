// Texts that were loaded, to be found again at the begin of a file, whatever it is called.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "onceload/core/progress_record.h"
#include "recover/input_text.h"

namespace onceload {

// A known text that a file begins with.
struct TextMatch {
  std::size_t id = 0;
  PrefixFacts facts;

  bool equal() const { return !facts.next; }
};

// By what is cheap to ask of a file: short texts by themselves, long ones by their first block. A
// file is read beyond that only where a first block agrees, or is not known (loads of version
// 0.1.0). Used by one thread.
class KnownTexts {
 public:
  // `loaded`: length and fingerprint; of length 0 nothing is known. `head`: HeadOf() the text.
  void Add(std::size_t id, const InputPosition& loaded, const std::optional<HeadKey>& head);
  // A text of which no more is known than that.
  void Add(std::size_t id, const HeadKey& head);

  // All that the file begins with. `notice` says what takes long; may be empty.
  std::vector<TextMatch> FindIn(InputText& text,
                                const std::function<void(const std::string&)>& notice) const;

 private:
  struct Text {
    std::size_t id = 0;
    std::uint64_t length = 0;
    PrefixFingerprint fingerprint;
  };

  void FindShort(InputText& text, std::vector<TextMatch>& matches) const;
  void FindLong(InputText& text, const std::function<void(const std::string&)>& notice,
                std::vector<TextMatch>& matches) const;

  std::map<std::uint64_t, std::map<std::uint64_t, std::vector<std::size_t>>>
      short_;  // length, tail
  std::map<std::uint64_t, std::vector<Text>> by_head_;
  std::vector<Text> without_head_;
};

}  // namespace onceload
