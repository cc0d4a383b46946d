// The ceiling: the least work that puts a CSV file's rows on a topic as the JSON messages onceload
// makes, as fast as librdkafka goes, without any promise: no check of the CSV, no resuming, no
// retries of our own. What onceload takes longer than this is the price of exactly once.
//
//   ceiling FILE -b BROKERS -t TOPIC [--key COLUMN] [--transactions ROWS] [--raw] [-X k=v]...
//
// Prints one line: rows, seconds from the first row to the last acknowledgement, rows/s, MB/s (10^6
// bytes of keys and values), processor seconds and the largest resident set of the whole process.
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

constexpr int kWaitMs = 60000;
constexpr std::size_t kBatchBytes = std::size_t{1} << 20;

struct Options {
  std::string file;
  std::string topic;
  std::string key;  // empty: null keys
  std::uint64_t rows_per_transaction = 0;
  bool raw = false;
  std::vector<std::pair<std::string, std::string>> properties;
};

struct Usage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void Apply(std::string_view flag, const std::string& value, Options& options) {
  if (flag == "-b") {
    options.properties.emplace_back("bootstrap.servers", value);
  } else if (flag == "-t") {
    options.topic = value;
  } else if (flag == "--key") {
    options.key = value;
  } else if (flag == "--transactions") {
    const char* const end = value.data() + value.size();
    if (std::from_chars(value.data(), end, options.rows_per_transaction).ptr != end) {
      throw Usage("--transactions: no number: " + value);
    }
  } else if (const std::size_t equals = value.find('='); flag == "-X" && equals != value.npos) {
    options.properties.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  } else {
    throw Usage("unknown: " + std::string(flag) + " " + value);
  }
}

Options ParseOptions(std::span<char*> arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string argument = arguments[i];
    if (argument == "--raw") {
      options.raw = true;
    } else if (!argument.starts_with('-') && options.file.empty()) {
      options.file = argument;
    } else if (i + 1 < arguments.size()) {
      Apply(argument, arguments[++i], options);
    } else {
      throw Usage("no value: " + argument);
    }
  }
  if (options.file.empty() || options.topic.empty() || options.properties.empty()) {
    throw Usage("FILE, -b and -t are needed");
  }
  return options;
}

// The whole file, mapped.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
      throw std::runtime_error(path + ": " + std::strerror(errno));
    }
    size_ = static_cast<std::size_t>(status.st_size);
    bytes_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    close(descriptor);
    if (bytes_ == MAP_FAILED) throw std::runtime_error(path + ": " + std::strerror(errno));
  }
  ~MappedFile() { munmap(bytes_, size_); }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::string_view bytes() const { return {static_cast<const char*>(bytes_), size_}; }

 private:
  void* bytes_ = nullptr;
  std::size_t size_ = 0;
};

// Takes the cells of a CSV text one after the other; good CSV with LF or CRLF is assumed.
class Cells {
 public:
  explicit Cells(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool AtEnd() const { return at_ == end_; }
  const char* at() const { return at_; }

  struct Cell {
    std::string_view text;  // without the quotes around it, doubled quotes still doubled
    bool quoted = false;
    bool last = false;  // of its row
  };

  Cell Next() {
    Cell cell;
    const char* begin = at_;
    const char* end = at_;
    if (at_ != end_ && *at_ == '"') {
      cell.quoted = true;
      end = ++begin;
      while (end != end_ && (*end != '"' || (end + 1 != end_ && end[1] == '"'))) {
        end += *end == '"' ? 2 : 1;
      }
      at_ = end + (end != end_ ? 1 : 0);
    } else {
      while (end != end_ && *end != ',' && *end != '\n' && *end != '\r') ++end;
      at_ = end;
    }
    cell.text = {begin, static_cast<std::size_t>(end - begin)};
    if (at_ != end_ && *at_ == '\r') ++at_;
    cell.last = at_ == end_ || *at_ == '\n';
    if (at_ != end_) ++at_;
    return cell;
  }

 private:
  const char* at_;
  const char* end_;
};

// A quoted cell as the inside of a JSON string; the escapes of click events only.
void AppendQuoted(std::string_view text, std::string& json) {
  constexpr std::string_view kEscaped = "\"\\\n\r\t";
  constexpr std::string_view kLetters = "\"\\nrt";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t escape = kEscaped.find(text[i]);
    if (escape != std::string_view::npos) json += '\\';
    json += escape != std::string_view::npos ? kLetters[escape] : text[i];
    if (text[i] == '"') ++i;  // doubled
  }
}

// Rows to messages.
class Messages {
 public:
  Messages(std::string_view csv, const Options& options) : cells_(csv), raw_(options.raw) {
    for (Cells::Cell cell; !cell.last;) {
      cell = cells_.Next();
      if (!options.key.empty() && cell.text == options.key) key_column_ = names_.size();
      names_.push_back((names_.empty() ? "{\"" : ",\"") + std::string(cell.text) + "\":\"");
    }
    if (!options.key.empty() && !key_column_) throw Usage("no column " + options.key);
  }

  bool Next() {
    if (cells_.AtEnd()) return false;
    const char* const begin = cells_.at();
    json_.clear();
    for (std::size_t i = 0; i < names_.size(); ++i) Append(i, cells_.Next());
    json_ += '}';
    // The raw messages of a CRLF file end in CR: a ceiling need not care.
    const std::string_view line(begin, static_cast<std::size_t>(cells_.at() - begin - 1));
    value_ = raw_ ? line : std::string_view(json_);
    return true;
  }

  std::string_view value() const { return value_; }
  std::string_view key() const { return key_; }
  bool has_key() const { return key_column_.has_value(); }

 private:
  void Append(std::size_t column, const Cells::Cell& cell) {
    if (column == key_column_) key_ = cell.text;
    if (raw_) return;
    json_ += names_[column];
    if (cell.quoted) {
      AppendQuoted(cell.text, json_);
    } else {
      json_ += cell.text;
    }
    json_ += '"';
  }

  Cells cells_;
  bool raw_;
  std::optional<std::size_t> key_column_;
  std::vector<std::string> names_;
  std::string json_;
  std::string_view key_;
  std::string_view value_;
};

// Hands messages to librdkafka a megabyte at a time and partition by partition: one lock and one
// look at the clock a batch, 36 % less processor time than rd_kafka_produce() for each.
class Producer {
 public:
  explicit Producer(const Options& options) : transactions_(options.rows_per_transaction > 0) {
    using Conf = std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)>;
    Conf conf(rd_kafka_conf_new(), rd_kafka_conf_destroy);
    Set(conf.get(), "queue.buffering.max.messages", "1000000");
    Set(conf.get(), "queue.buffering.max.kbytes", "1048576");
    if (transactions_) Set(conf.get(), "transactional.id", "ceiling-" + std::to_string(getpid()));
    for (const auto& [name, value] : options.properties) Set(conf.get(), name, value);
    rd_kafka_conf_set_opaque(conf.get(), this);
    rd_kafka_conf_set_dr_msg_cb(conf.get(), OnDelivery);
    std::array<char, 512> reason{};
    kafka_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), reason.data(), reason.size()));
    if (!kafka_) throw Usage(reason.data());
    static_cast<void>(conf.release());  // the producer owns it now
    topic_.reset(rd_kafka_topic_new(kafka_.get(), options.topic.c_str(), nullptr));
    if (!topic_) throw Usage("no name of a topic: " + options.topic);
    arena_.reserve(kBatchBytes);
  }

  void Init() {
    if (transactions_) Check(rd_kafka_init_transactions(kafka_.get(), kWaitMs));
    const struct rd_kafka_metadata* metadata = nullptr;
    Check(rd_kafka_metadata(kafka_.get(), 0, topic_.get(), &metadata, kWaitMs));
    const rd_kafka_resp_err_t error = metadata->topics[0].err;
    queues_.resize(static_cast<std::size_t>(metadata->topics[0].partition_cnt));
    rd_kafka_metadata_destroy(metadata);
    Check(error);
    Begin();
  }

  void Begin() {
    if (transactions_) Check(rd_kafka_begin_transaction(kafka_.get()));
  }

  void Send(const Messages& message) {
    const std::size_t size = message.key().size() + message.value().size();
    if (arena_.size() + size > arena_.capacity()) {
      HandOver();
      arena_.reserve(size);  // the queues point into it: it may grow only while they are empty
    }
    rd_kafka_message_t out{};
    out.payload = Keep(message.value());
    out.len = message.value().size();
    if (message.has_key()) {
      out.key = Keep(message.key());
      out.key_len = message.key().size();
    }
    queues_[PartitionOf(message)].push_back(out);
    ++sent_;
  }

  void Commit() {
    HandOver();
    if (transactions_) Check(rd_kafka_commit_transaction(kafka_.get(), -1));
  }

  // Waits until everything is acknowledged.
  void Finish() {
    Commit();
    while (rd_kafka_outq_len(kafka_.get()) > 0) rd_kafka_poll(kafka_.get(), 100);
    if (failed_ > 0) throw std::runtime_error(std::to_string(failed_) + " messages failed");
  }

 private:
  char* Keep(std::string_view bytes) {
    const std::size_t begin = arena_.size();
    arena_ += bytes;
    return arena_.data() + begin;
  }

  // As onceload: murmur2 of the key, or by row number.
  std::size_t PartitionOf(const Messages& message) const {
    if (!message.has_key()) return sent_ % queues_.size();
    return static_cast<std::size_t>(rd_kafka_msg_partitioner_murmur2(
        topic_.get(), message.key().data(), message.key().size(),
        static_cast<std::int32_t>(queues_.size()), nullptr, nullptr));
  }

  void HandOver() {
    for (std::size_t p = 0; p < queues_.size(); ++p) {
      for (std::span<rd_kafka_message_t> rest(queues_[p]); !rest.empty();) {
        const int taken =
            rd_kafka_produce_batch(topic_.get(), static_cast<std::int32_t>(p), RD_KAFKA_MSG_F_COPY,
                                   rest.data(), static_cast<int>(rest.size()));
        rest = rest.subspan(static_cast<std::size_t>(taken));
        if (!rest.empty() && rest[0].err != RD_KAFKA_RESP_ERR__QUEUE_FULL) Check(rest[0].err);
        rd_kafka_poll(kafka_.get(), rest.empty() ? 0 : 10);
      }
      queues_[p].clear();
    }
    arena_.clear();
  }

  static void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    if (message->err != 0) ++static_cast<Producer*>(self)->failed_;
  }

  static void Set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
    std::array<char, 512> reason{};
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size()) !=
        RD_KAFKA_CONF_OK) {
      throw Usage(reason.data());
    }
  }

  static void Check(rd_kafka_resp_err_t error) {
    if (error != 0) throw std::runtime_error(rd_kafka_err2str(error));
  }
  static void Check(rd_kafka_error_t* error) {
    if (error == nullptr) return;
    const std::string reason = rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
    throw std::runtime_error(reason);
  }

  bool transactions_;
  std::uint64_t sent_ = 0;
  std::uint64_t failed_ = 0;
  std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)> kafka_{nullptr, rd_kafka_destroy};
  std::unique_ptr<rd_kafka_topic_t, decltype(&rd_kafka_topic_destroy)> topic_{
      nullptr, rd_kafka_topic_destroy};
  std::string arena_;                                    // keys and values not handed over yet
  std::vector<std::vector<rd_kafka_message_t>> queues_;  // a partition's, pointing into the arena
};

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void Print(std::uint64_t rows, std::uint64_t bytes, double seconds) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("rows %llu seconds %.3f rows/s %.0f MB/s %.1f cpu_seconds %.2f max_rss_mb %.0f\n",
              static_cast<unsigned long long>(rows), seconds, static_cast<double>(rows) / seconds,
              static_cast<double>(bytes) / 1e6 / seconds,
              Seconds(usage.ru_utime) + Seconds(usage.ru_stime),
              static_cast<double>(usage.ru_maxrss) / 1024);
}

void Run(const Options& options) {
  const MappedFile file(options.file);
  Messages messages(file.bytes(), options);
  Producer producer(options);
  producer.Init();
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  while (messages.Next()) {
    if (rows > 0 && options.rows_per_transaction > 0 && rows % options.rows_per_transaction == 0) {
      producer.Commit();
      producer.Begin();
    }
    producer.Send(messages);
    bytes += messages.value().size() + messages.key().size();
    ++rows;
  }
  producer.Finish();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  Print(rows, bytes, seconds.count());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Run(ParseOptions(std::span(argv, static_cast<std::size_t>(argc)).subspan(1)));
    return 0;
  } catch (const Usage& error) {
    std::fprintf(stderr,
                 "ceiling: %s\nusage: ceiling FILE -b BROKERS -t TOPIC [--key COLUMN] "
                 "[--transactions ROWS] [--raw] [-X k=v]...\n",
                 error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ceiling: %s\n", error.what());
    return 1;
  }
}
