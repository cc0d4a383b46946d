#include "certificate/sha256.h"

#include <array>

#include "onceload/core/error.h"
#include "onceload/core/text.h"
#include "onceload/message/message_batch.h"

namespace onceload {
namespace {

constexpr std::uint32_t kNull = 0xffffffff;

template <typename Number>
void AppendLittle(Number number, std::string& to) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    to.push_back(static_cast<char>((number >> (8 * i)) & 0xff));
  }
}

void AppendText(const std::optional<std::string_view>& text, std::string& to) {
  AppendLittle(text ? static_cast<std::uint32_t>(text->size()) : kNull, to);
  if (text) to += *text;
}

void Require(int done) {
  if (done != 1) throw Error(ExitCode::kBug, "OpenSSL has no SHA-256", "", "please report this");
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  Require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void Sha256::Add(std::string_view bytes) {
  Require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Sha256::Hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  Require(EVP_DigestFinal_ex(context_.get(), digest.data(), &size));
  std::string bytes;
  for (unsigned int i = 0; i < size; ++i) bytes.push_back(static_cast<char>(digest[i]));
  return HexOf(bytes);
}

void RecordsDigest::Add(const CommittedRecord& record, bool times) {
  bytes_.clear();
  AppendText(record.key, bytes_);
  AppendText(record.value, bytes_);
  const std::size_t count_at = bytes_.size();
  std::uint32_t headers = 0;
  AppendLittle(headers, bytes_);
  ForEachHeader(record.headers, [&](std::string_view name, std::string_view value) {
    ++headers;
    AppendText(name, bytes_);
    AppendText(value.data() == nullptr ? std::nullopt : std::optional(value), bytes_);
  });
  std::string count;
  AppendLittle(headers, count);
  bytes_.replace(count_at, count.size(), count);
  AppendLittle(static_cast<std::uint64_t>(times ? record.time_ms : kNoTime), bytes_);
  sha256_.Add(bytes_);
  ++rows_;
}

}  // namespace onceload
