// Apache Flink loading the click events, to compare onceload with: its CSV file source, a JSON object
// per row, keyed by user, its exactly-once Kafka sink. A job for a Flink cluster, whose configuration
// says how often there is a checkpoint, which is when the sink commits.
//
//   FlinkLoad FILE BROKERS TOPIC [name=value]...    properties of the sink's producer
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.core.fs.Path;
import org.apache.flink.formats.csv.CsvReaderFormat;
import org.apache.flink.formats.json.JsonSerializationSchema;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.dataformat.csv.CsvMapper;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

public class FlinkLoad {
  // The names and the texts that onceload makes of the same file, in the file's order.
  @JsonPropertyOrder({"event_time", "event_type", "product_id", "category_id", "category_code",
      "brand", "price", "user_id", "user_session"})
  public static class Click {
    public String event_time;
    public String event_type;
    public String product_id;
    public String category_id;
    public String category_code;
    public String brand;
    public String price;
    public String user_id;
    public String user_session;

    byte[] key() {
      return user_id.getBytes(StandardCharsets.UTF_8);
    }
  }

  private static FileSource<Click> source(String file) {
    final CsvReaderFormat<Click> format = CsvReaderFormat.forSchema(CsvMapper::new,
        mapper -> mapper.schemaFor(Click.class).withSkipFirstDataRow(true), // the names
        TypeInformation.of(Click.class));
    return FileSource.forRecordStreamFormat(format, new Path(file)).build();
  }

  private static KafkaSink<Click> sink(String[] arguments) {
    final String topic = arguments[2];
    final KafkaSinkBuilder<Click> sink =
        KafkaSink.<Click>builder()
            .setBootstrapServers(arguments[1])
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix(topic)
            .setRecordSerializer(
                KafkaRecordSerializationSchema.<Click>builder()
                    .setTopic(topic)
                    .setKeySerializationSchema(Click::key)
                    .setValueSerializationSchema(new JsonSerializationSchema<Click>())
                    .build());
    for (int i = 3; i < arguments.length; ++i) {
      final String[] property = arguments[i].split("=", 2);
      sink.setProperty(property[0], property[1]);
    }
    return sink.build();
  }

  public static void main(String[] arguments) throws Exception {
    final var environment = StreamExecutionEnvironment.getExecutionEnvironment();
    environment
        .fromSource(source(arguments[0]), WatermarkStrategy.noWatermarks(), "clicks")
        .uid("clicks") // under these names a checkpoint is read back
        .sinkTo(sink(arguments))
        .uid("topic");
    environment.execute(arguments[2]);
  }
}
