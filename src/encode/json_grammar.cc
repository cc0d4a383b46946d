#include "encode/json_grammar.h"

#include <algorithm>
#include <vector>

#include "encode/json_types.h"

namespace onceload {
namespace {

bool IsHex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

class Grammar {
 public:
  explicit Grammar(std::string_view text) : text_(text) {}

  bool Fits() {
    do {
      if (!Value()) return false;
      // Behind a value: what ends or continues the structures it stands in.
      while (!in_object_.empty() && Skip(in_object_.back() ? '}' : ']')) in_object_.pop_back();
      if (in_object_.empty()) return SkipBlanks(), at_ == text_.size();
    } while (Skip(',') && (!in_object_.back() || Name()));
    return false;
  }

 private:
  // Up to the first value that is no structure, or an empty one.
  bool Value() {
    for (;;) {
      if (Skip('{')) {
        if (Skip('}')) return true;
        in_object_.push_back(true);
        if (!Name()) return false;
      } else if (Skip('[')) {
        if (Skip(']')) return true;
        in_object_.push_back(false);
      } else {
        return Scalar();
      }
    }
  }

  bool Name() { return Skip('"') && String() && Skip(':'); }

  bool Scalar() {
    if (Skip('"')) return String();
    for (const std::string_view word : {"true", "false", "null"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return true;
    }
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_not_of("+-.0123456789Ee", at_), text_.size());
    return IsJsonNumber(text_.substr(begin, at_ - begin));
  }

  // Behind its opening quote.
  bool String() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') return ++at_, true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c == '\\' && !Escape()) return false;
    }
    return false;
  }

  // Stays at its last character.
  bool Escape() {
    if (++at_ == text_.size()) return false;
    if (text_[at_] != 'u') return std::string_view("\"\\/bfnrt").find(text_[at_]) != text_.npos;
    const std::string_view digits = text_.substr(at_ + 1, 4);
    at_ += digits.size();
    return digits.size() == 4 && std::all_of(digits.begin(), digits.end(), &IsHex);
  }

  void SkipBlanks() { at_ = std::min(text_.find_first_not_of(" \t\n\r", at_), text_.size()); }

  bool Skip(char c) {
    SkipBlanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  std::vector<bool> in_object_;  // the open structures: objects, or else arrays
};

}  // namespace

bool IsJsonOfRfc8259(std::string_view text) { return Grammar(text).Fits(); }

}  // namespace onceload
