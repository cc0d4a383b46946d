// Makes click events of an online shop as CSV:
//
//   gen_clicks ROWS [--seed N] [--crlf] [--plain] [-o FILE]
//
// Columns, row length (133 bytes on average) and skew follow public click-stream data sets; on top
// come quoted commas, doubled quotes, line ends inside quotes, and names beyond ASCII; --plain has
// none of these, for programs that take each line for a record and each comma for a column. The
// same arguments make the same bytes on every machine: the generator of random numbers is our own,
// and no floating point, no std:: distribution and no locale takes part.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view kHeader =
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session";
constexpr std::size_t kProducts = 60000;
constexpr std::size_t kCategories = 120;
constexpr std::uint64_t kRowsPerUser = 14;
constexpr std::uint64_t kUsersMin = 1000;

// Of thousand events.
constexpr std::uint64_t kViews = 950;
constexpr std::uint64_t kCarts = 30;

// One in so many products has an awkward brand. By place in the catalogue, not by chance: popular
// products make many rows, so chance would give each seed another share.
constexpr std::size_t kQuotedEach = 50;
constexpr std::size_t kForeignEach = 50;
constexpr std::size_t kLineEndEach = 500;

constexpr std::array<std::string_view, 20> kBrands{
    "samsung", "apple", "xiaomi",   "",         "huawei",  "lucente", "bosch",
    "",        "sony",  "lg",       "acer",     "hp",      "nokia",   "",
    "oppo",    "artel", "shiseido", "cordiant", "indesit", "jbl"};
constexpr std::array<std::string_view, 4> kQuotedBrands{
    R"("Black & Decker, Inc.")", R"("Dr. ""Oetker""")", R"("Procter, Gamble & Co")",
    R"("3"" Pipes")"};
constexpr std::array<std::string_view, 6> kForeignBrands{"L'Oréal", "北京",    "Ångström",
                                                         "Häagen",  "Красный", "café 🛒"};
constexpr std::string_view kLineEndBrand = "\"two\nlines\"";
constexpr std::array<std::string_view, 16> kCategoryCodes{"electronics.smartphone",
                                                          "",
                                                          "appliances.kitchen.washer",
                                                          "computers.notebook",
                                                          "electronics.audio.headphone",
                                                          "",
                                                          "apparel.shoes",
                                                          "furniture.bedroom.bed",
                                                          "electronics.video.tv",
                                                          "",
                                                          "auto.accessories.player",
                                                          "sport.bicycle",
                                                          "appliances.environment.vacuum",
                                                          "",
                                                          "computers.desktop",
                                                          ""};

// splitmix64 (Steele, Lea, Flood 2014).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

  // 0 <= result < 2^32.
  std::uint64_t Fraction() { return Next() >> 32U; }

  // 0 <= result < bound <= 2^32; even enough for what it is for.
  std::uint64_t Below(std::uint64_t bound) { return Fraction() * bound >> 32U; }

  // As Below(), with a power-law preference for small results: bound * u^2 or bound * u^3.
  std::uint64_t SquareBelow(std::uint64_t bound) {
    const std::uint64_t u = Fraction();
    return (u * u >> 32U) * bound >> 32U;
  }
  std::uint64_t CubeBelow(std::uint64_t bound) {
    const std::uint64_t u = Fraction();
    return ((u * u >> 32U) * u >> 32U) * bound >> 32U;
  }

 private:
  std::uint64_t state_;
};

struct Product {
  std::string to_price;  // product_id,category_id,category_code,brand,price
};

struct User {
  std::string id;
  std::array<std::uint64_t, 2> session{};  // 0, 0: none yet
};

std::string_view BrandOf(std::size_t product, bool plain, Random& random) {
  if (plain) return kBrands[random.Below(kBrands.size())];
  if (product % kLineEndEach == 123) return kLineEndBrand;
  if (product % kQuotedEach == 7) return kQuotedBrands[random.Below(kQuotedBrands.size())];
  if (product % kForeignEach == 31) return kForeignBrands[random.Below(kForeignBrands.size())];
  return kBrands[random.Below(kBrands.size())];
}

std::string PriceOf(Random& random) {
  const std::uint64_t cents = 99 + random.CubeBelow(200000);
  const std::uint64_t rest = cents % 100;
  return std::to_string(cents / 100) + (rest < 10 ? ".0" : ".") + std::to_string(rest);
}

std::vector<Product> MakeProducts(bool plain, Random& random) {
  std::vector<std::string> categories;
  for (std::size_t i = 0; i < kCategories; ++i) {
    const std::uint64_t id = 2053013555631880000U + 10000 * random.Below(1000) + i;
    categories.push_back(std::to_string(id) + ',' +
                         std::string(kCategoryCodes[i % kCategoryCodes.size()]));
  }
  std::vector<Product> products(kProducts);
  for (std::size_t i = 0; i < kProducts; ++i) {
    std::string& text = products[i].to_price;
    text = std::to_string(1000000 + random.Below(59000000)) + ',';
    text += categories[random.Below(kCategories)] + ',';
    text += BrandOf(i, plain, random);  // one draw a statement: operands of + come in any order
    text += ',' + PriceOf(random);
  }
  return products;
}

std::vector<User> MakeUsers(std::uint64_t rows, Random& random) {
  std::vector<User> users(std::max(kUsersMin, rows / kRowsPerUser));
  for (User& user : users) user.id = std::to_string(200000000 + random.Below(400000000));
  return users;
}

void AppendPadded(unsigned value, std::size_t width, std::string& text) {
  const std::string digits = std::to_string(value);
  text.append(width - std::min(width, digits.size()), '0');
  text += digits;
}

// "2019-10-01 00:00:00 UTC"
std::string TimeText(std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::string text;
  AppendPadded(static_cast<unsigned>(static_cast<int>(date.year())), 4, text);
  text += '-';
  AppendPadded(static_cast<unsigned>(date.month()), 2, text);
  text += '-';
  AppendPadded(static_cast<unsigned>(date.day()), 2, text);
  text += ' ';
  AppendPadded(static_cast<unsigned>(clock.hours().count()), 2, text);
  text += ':';
  AppendPadded(static_cast<unsigned>(clock.minutes().count()), 2, text);
  text += ':';
  AppendPadded(static_cast<unsigned>(clock.seconds().count()), 2, text);
  return text + " UTC";
}

// 128 bits as a UUID, version 4.
void AppendUuid(std::array<std::uint64_t, 2> bits, std::string& text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  bits[0] = (bits[0] & ~std::uint64_t{0xf000}) | 0x4000;
  bits[1] = (bits[1] >> 2U) | (std::uint64_t{2} << 62U);
  for (unsigned i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) text += '-';
    text += kDigits[(bits[i / 16] >> (60 - 4 * (i % 16))) & 15U];
  }
}

class Clicks {
 public:
  Clicks(std::uint64_t rows, std::uint64_t seed, bool plain)
      : random_(seed), products_(MakeProducts(plain, random_)), users_(MakeUsers(rows, random_)) {}

  // Appends a row without its line end.
  void Append(std::string& text) {
    using std::chrono::seconds;
    if (random_.Below(16) == 0) time_text_ = TimeText(time_ += seconds(1));
    User& user = users_[random_.SquareBelow(users_.size())];
    if (user.session[1] == 0 || random_.Below(100) < 15) {
      user.session = {random_.Next(), random_.Next() | 1U};
    }
    const std::uint64_t kind = random_.Below(1000);
    text += time_text_;
    text += kind < kViews ? ",view," : kind < kViews + kCarts ? ",cart," : ",purchase,";
    text += products_[random_.CubeBelow(products_.size())].to_price;
    text += ',';
    text += user.id;
    text += ',';
    AppendUuid(user.session, text);
  }

 private:
  Random random_;
  std::vector<Product> products_;
  std::vector<User> users_;
  std::chrono::sys_seconds time_ = std::chrono::sys_days(std::chrono::year(2019) / 10 / 1);
  std::string time_text_ = TimeText(time_);
};

struct Options {
  std::uint64_t rows = 0;
  std::uint64_t seed = 1;
  bool crlf = false;
  bool plain = false;
  std::string output;  // empty: standard output
};

bool ParseNumber(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

std::optional<Options> ParseOptions(std::span<char*> arguments) {
  Options options;
  bool has_rows = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    const bool has_value = i + 1 < arguments.size();
    if (argument == "--crlf") {
      options.crlf = true;
    } else if (argument == "--plain") {
      options.plain = true;
    } else if (argument == "--seed" && has_value) {
      if (!ParseNumber(arguments[++i], options.seed)) return std::nullopt;
    } else if (argument == "-o" && has_value) {
      options.output = arguments[++i];
    } else if (!has_rows && ParseNumber(argument, options.rows)) {
      has_rows = true;
    } else {
      return std::nullopt;
    }
  }
  if (!has_rows) return std::nullopt;
  return options;
}

// False if not all of it could be written.
bool WriteClicks(const Options& options, std::FILE* file) {
  constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
  const std::string_view line_end = options.crlf ? "\r\n" : "\n";
  const auto flush = [file](std::string& text) {
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    text.clear();
    return written;
  };
  Clicks clicks(options.rows, options.seed, options.plain);
  std::string text(kHeader);
  text += line_end;
  for (std::uint64_t row = 0; row < options.rows; ++row) {
    clicks.Append(text);
    text += line_end;
    if (text.size() >= kBufferBytes && !flush(text)) return false;
  }
  return flush(text) && std::fflush(file) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = ParseOptions(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  if (!options) {
    std::fputs("usage: gen_clicks ROWS [--seed N] [--crlf] [--plain] [-o FILE]\n", stderr);
    return 2;
  }
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  const File opened(options->output.empty() ? nullptr : std::fopen(options->output.c_str(), "wb"),
                    &std::fclose);
  std::FILE* const file = options->output.empty() ? stdout : opened.get();
  if (file == nullptr || !WriteClicks(*options, file)) {
    std::perror(("gen_clicks: " + options->output).c_str());
    return 1;
  }
  return 0;
}
