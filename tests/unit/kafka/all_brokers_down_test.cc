// librdkafka itself: what its CMake build leaves out before 2.15.0 unless it is told otherwise.
#include <atomic>
#include <chrono>

#include <gtest/gtest.h>

#include "kafka/rdkafka_ptr.h"

namespace onceload {
namespace {

// Its function that sets an atomic has to return what was there before: without that a broker never
// counts as down.
TEST(RdkafkaBuildTest, ThatAllBrokersAreDownIsTold) {
  std::atomic<bool> told{false};
  ConfPtr conf(rd_kafka_conf_new());
  ASSERT_EQ(rd_kafka_conf_set(conf.get(), "bootstrap.servers", "127.0.0.1:1", nullptr, 0),
            RD_KAFKA_CONF_OK);
  rd_kafka_conf_set_opaque(conf.get(), &told);
  rd_kafka_conf_set_log_cb(conf.get(), [](const rd_kafka_t*, int, const char*, const char*) {});
  rd_kafka_conf_set_error_cb(conf.get(), [](rd_kafka_t*, int code, const char*, void* opaque) {
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
      *static_cast<std::atomic<bool>*>(opaque) = true;
  });
  const KafkaPtr client(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), nullptr, 0));
  ASSERT_NE(client, nullptr);
  static_cast<void>(conf.release());
  // A connection that is asked for, and refused.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!told && std::chrono::steady_clock::now() < until) {
    const struct rd_kafka_metadata* raw = nullptr;
    static_cast<void>(rd_kafka_metadata(client.get(), 0, nullptr, &raw, 100));
    const MetadataPtr metadata(raw);
    rd_kafka_poll(client.get(), 10);
  }
  EXPECT_TRUE(told) << "scripts/bootstrap builds librdkafka anew with HAVE_ATOMICS_32_ATOMIC";
}

}  // namespace
}  // namespace onceload
