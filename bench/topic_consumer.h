// What the programs that measure reading share: a consumer of all partitions of one topic from
// their begin, read_committed, without a group, and its command line.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

namespace bench {

constexpr int kWaitMs = 60000;

struct Usage : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// -b BROKERS -t TOPIC [-X k=v]... and flags with a number each, by name.
struct Options {
  std::string topic;
  std::vector<std::pair<std::string, std::string>> properties;
  std::vector<std::pair<std::string, std::uint64_t>> numbers;

  Options(std::span<char*> arguments, std::span<const std::string_view> number_flags) {
    for (const std::string_view flag : number_flags) numbers.emplace_back(flag, 0);
    if (arguments.size() % 2 != 0) throw Usage("no value: " + std::string(arguments.back()));
    for (std::size_t i = 0; i < arguments.size(); i += 2) Apply(arguments[i], arguments[i + 1]);
    if (topic.empty() || properties.empty()) throw Usage("-b and -t are needed");
  }

  std::uint64_t number(std::string_view flag) const {
    for (const auto& [name, value] : numbers) {
      if (name == flag) return value;
    }
    return 0;
  }

 private:
  void Apply(std::string_view flag, const std::string& value) {
    if (flag == "-b") {
      properties.emplace_back("bootstrap.servers", value);
    } else if (flag == "-t") {
      topic = value;
    } else if (const std::size_t equals = value.find('='); flag == "-X" && equals != value.npos) {
      properties.emplace_back(value.substr(0, equals), value.substr(equals + 1));
    } else {
      SetNumber(flag, value);
    }
  }

  void SetNumber(std::string_view flag, const std::string& value) {
    for (auto& [name, number] : numbers) {
      const char* const end = value.data() + value.size();
      if (name == flag && std::from_chars(value.data(), end, number).ptr == end) return;
    }
    throw Usage("unknown: " + std::string(flag) + " " + value);
  }
};

class TopicConsumer {
 public:
  explicit TopicConsumer(const Options& options) {
    using Conf = std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)>;
    Conf conf(rd_kafka_conf_new(), rd_kafka_conf_destroy);
    Set(conf.get(), "group.id", "onceload-bench");  // librdkafka wants one; nothing is committed
    Set(conf.get(), "enable.auto.commit", "false");
    Set(conf.get(), "enable.partition.eof", "true");
    for (const auto& [name, value] : options.properties) Set(conf.get(), name, value);
    std::array<char, 512> reason{};
    kafka_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), reason.data(), reason.size()));
    if (!kafka_) throw Usage(reason.data());
    static_cast<void>(conf.release());  // the consumer owns it now
    Assign(options.topic);
    queue_.reset(rd_kafka_queue_get_consumer(kafka_.get()));
  }
  // The queue goes before the consumer: close() would wait for it for ever.
  ~TopicConsumer() {
    queue_.reset();
    rd_kafka_consumer_close(kafka_.get());
  }
  TopicConsumer(const TopicConsumer&) = delete;
  TopicConsumer& operator=(const TopicConsumer&) = delete;

  std::size_t partitions() const { return partitions_; }
  rd_kafka_t* kafka() const { return kafka_.get(); }
  rd_kafka_queue_t* queue() const { return queue_.get(); }

  // False for an end of partition, true for a record; anything else ends the program.
  static bool IsRecord(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return false;
    Check(message.err);
    return true;
  }

 private:
  void Assign(const std::string& name) {
    using Topic = std::unique_ptr<rd_kafka_topic_t, decltype(&rd_kafka_topic_destroy)>;
    const Topic topic(rd_kafka_topic_new(kafka_.get(), name.c_str(), nullptr),
                      rd_kafka_topic_destroy);
    if (!topic) throw Usage("no name of a topic: " + name);
    const struct rd_kafka_metadata* metadata = nullptr;
    Check(rd_kafka_metadata(kafka_.get(), 0, topic.get(), &metadata, kWaitMs));
    const rd_kafka_resp_err_t error = metadata->topics[0].err;
    partitions_ = static_cast<std::size_t>(metadata->topics[0].partition_cnt);
    rd_kafka_metadata_destroy(metadata);
    Check(error);
    using List = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                 decltype(&rd_kafka_topic_partition_list_destroy)>;
    const int count = static_cast<int>(partitions_);
    const List list(rd_kafka_topic_partition_list_new(count),
                    rd_kafka_topic_partition_list_destroy);
    for (int p = 0; p < count; ++p) {
      rd_kafka_topic_partition_list_add(list.get(), name.c_str(), p)->offset = 0;
    }
    Check(rd_kafka_assign(kafka_.get(), list.get()));
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

  std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)> kafka_{nullptr, rd_kafka_destroy};
  std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue_{
      nullptr, rd_kafka_queue_destroy};
  std::size_t partitions_ = 0;
};

}  // namespace bench
