// Kafka's Java producer loading the click events, to compare onceload with. As plain Java code does
// it (after polyzos/kafka-streaming-ledger, whose article's settings two of the modes have): lines
// split at commas, an object per line, JSON by Jackson, keyed by user. Good CSV without quoted
// commas is assumed; there is no resuming.
//
//   java -cp 'LIBS/*' SeedProducer.java FILE BROKERS TOPIC MODE [name=value]...
//
//   defaults      the producer's own settings
//   tuned         the article's: batches of 64,000 bytes, linger 20 ms, gzip, acks=1
//   transactions  transactions of 10,000 rows, batches of 256 KiB, linger 20 ms, lz4, acks=all
//
// Prints rows and seconds from the first row to the last acknowledgement or commit.
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class SeedProducer {
  private static final int ROWS_PER_TRANSACTION = 10_000;

  // The names and the texts that onceload makes of the same file.
  record Click(
      @JsonProperty("event_time") String eventTime,
      @JsonProperty("event_type") String eventType,
      @JsonProperty("product_id") String productId,
      @JsonProperty("category_id") String categoryId,
      @JsonProperty("category_code") String categoryCode,
      @JsonProperty("brand") String brand,
      @JsonProperty("price") String price,
      @JsonProperty("user_id") String userId,
      @JsonProperty("user_session") String userSession) {

    static Click of(String line) {
      final String[] cells = line.split(",", -1);
      return new Click(cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6],
          cells[7], cells[8]);
    }
  }

  private static Properties settings(String mode) {
    final Properties settings = new Properties();
    settings.put("key.serializer", ByteArraySerializer.class.getName());
    settings.put("value.serializer", ByteArraySerializer.class.getName());
    switch (mode) {
      case "defaults" -> {}
      case "tuned" -> {
        settings.put("batch.size", "64000");
        settings.put("linger.ms", "20");
        settings.put("compression.type", "gzip");
        settings.put("acks", "1");
      }
      case "transactions" -> {
        settings.put("transactional.id", "java-" + UUID.randomUUID());
        settings.put("batch.size", "262144");
        settings.put("linger.ms", "20");
        settings.put("compression.type", "lz4");
        settings.put("acks", "all");
        settings.put("buffer.memory", "67108864");
      }
      default -> throw new IllegalArgumentException("no mode " + mode);
    }
    return settings;
  }

  private static void send(KafkaProducer<byte[], byte[]> producer, String topic, ObjectWriter json,
      String line) throws Exception {
    final Click click = Click.of(line);
    final byte[] key = click.userId().getBytes(StandardCharsets.UTF_8);
    producer.send(new ProducerRecord<>(topic, key, json.writeValueAsBytes(click)),
        (metadata, error) -> {
          if (error != null) {
            System.err.println("SeedProducer: " + error);
            Runtime.getRuntime().halt(1);
          }
        });
  }

  public static void main(String[] arguments) throws Exception {
    final String topic = arguments[2];
    final boolean transactional = arguments[3].equals("transactions");
    final Properties settings = settings(arguments[3]);
    settings.put("bootstrap.servers", arguments[1]);
    for (int i = 4; i < arguments.length; ++i) {
      final String[] property = arguments[i].split("=", 2);
      settings.put(property[0], property[1]);
    }
    final ObjectWriter json = new ObjectMapper().writerFor(Click.class);
    try (BufferedReader rows = Files.newBufferedReader(Path.of(arguments[0]));
        KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings)) {
      if (transactional) producer.initTransactions();
      producer.partitionsFor(topic);
      rows.readLine(); // the names
      final long start = System.nanoTime();
      long count = 0;
      for (String line = rows.readLine(); line != null; line = rows.readLine()) {
        if (transactional && count % ROWS_PER_TRANSACTION == 0) {
          if (count > 0) producer.commitTransaction();
          producer.beginTransaction();
        }
        send(producer, topic, json, line);
        ++count;
      }
      if (transactional && count > 0) producer.commitTransaction();
      producer.flush();
      System.out.printf("rows %d seconds %.3f%n", count, (System.nanoTime() - start) / 1e9);
    }
  }
}
