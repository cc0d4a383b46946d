// librdkafka's handles, each released by the call that belongs to it.
#pragma once

#include <memory>

#include <librdkafka/rdkafka.h>

#include "onceload/core/freed_by.h"

namespace onceload {

template <typename Handle, auto Release>
using RdkafkaPtr = std::unique_ptr<Handle, FreedBy<Release>>;

using KafkaPtr = RdkafkaPtr<rd_kafka_t, &rd_kafka_destroy>;
using ConfPtr = RdkafkaPtr<rd_kafka_conf_t, &rd_kafka_conf_destroy>;
using TopicPtr = RdkafkaPtr<rd_kafka_topic_t, &rd_kafka_topic_destroy>;
using QueuePtr = RdkafkaPtr<rd_kafka_queue_t, &rd_kafka_queue_destroy>;
using EventPtr = RdkafkaPtr<rd_kafka_event_t, &rd_kafka_event_destroy>;
using KafkaErrorPtr = RdkafkaPtr<rd_kafka_error_t, &rd_kafka_error_destroy>;
using AdminOptionsPtr = RdkafkaPtr<rd_kafka_AdminOptions_t, &rd_kafka_AdminOptions_destroy>;
using NewTopicPtr = RdkafkaPtr<rd_kafka_NewTopic_t, &rd_kafka_NewTopic_destroy>;
using ConfigResourcePtr = RdkafkaPtr<rd_kafka_ConfigResource_t, &rd_kafka_ConfigResource_destroy>;
using MetadataPtr = RdkafkaPtr<const struct rd_kafka_metadata, &rd_kafka_metadata_destroy>;
using TopicPartitionsPtr =
    RdkafkaPtr<rd_kafka_topic_partition_list_t, &rd_kafka_topic_partition_list_destroy>;
using MessagePtr = RdkafkaPtr<rd_kafka_message_t, &rd_kafka_message_destroy>;

}  // namespace onceload
