// What a client is told on the side.
#include <gtest/gtest.h>

#include "kafka/rdkafka_client.h"

namespace onceload {
namespace {

// Else a connection that is cut again and again would be taken for one that wants credentials.
TEST(ClientEventsTest, WhatOneClientOfAConfigurationWasAnsweredAnotherKnows) {
  ClientConfig config;
  config.Set("bootstrap.servers", "localhost:9092", "-b");
  config.Finish();
  ClientEvents first;
  ClientEvents renewed;
  ClientEvents other;
  first.Know(config);
  renewed.Know(config.Renewed());
  other.Know(ClientConfig());
  EXPECT_FALSE(renewed.answered());
  first.NoteAnswer();
  EXPECT_TRUE(renewed.answered());
  EXPECT_FALSE(other.answered());
}

}  // namespace
}  // namespace onceload
