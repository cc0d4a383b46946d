// Prints tests/data/murmur2.tsv: what Kafka's own Java client makes of a list of keys.
//
//   java -cp '.deps/kafka/libs/*' tests/data/Murmur2Golden.java > tests/data/murmur2.tsv
//
// (scripts/bootstrap puts the jars there; written with kafka-clients 4.3.1.)
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.utils.Utils;

public class Murmur2Golden {
  private static final int[] PARTITIONS = {1, 5, 16, 500};

  private static void addTexts(List<byte[]> keys) {
    String[] texts = {
      "a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh", "abcdefghi",
      "0", "1", "42", "520088904", "541312140", "-1", " ", "\t", "\"", "user_id", "21", "foobar",
      "a-little-bit-long-string", "a-little-bit-longer-string",
      "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
      "72d76fde-8bb3-4e00-8c23-a032dfed738c", "9333dfbd-b69a-4654-bca3-95fdaf2b9f74",
      "é", "L'Oréal", "Ångström", "北京", "Красный", "🛒", "naïve – 日本語 🛒", "\u2028", "\ufeff",
    };
    for (String text : texts) keys.add(text.getBytes(StandardCharsets.UTF_8));
  }

  // Bytes above 0x7f are where a port goes wrong: Java sign-extends them, then masks.
  private static void addBytes(List<byte[]> keys) {
    keys.add(new byte[0]);
    for (int size = 1; size <= 9; ++size) {
      byte[] ones = new byte[size];
      Arrays.fill(ones, (byte) 0xff);
      keys.add(ones);
      byte[] rising = new byte[size];
      for (int i = 0; i < size; ++i) rising[i] = (byte) (0x7d + i);
      keys.add(rising);
    }
    for (int size : new int[] {1, 2, 3, 4}) keys.add(new byte[size]);
    for (int size : new int[] {63, 64, 65, 300}) {
      byte[] all = new byte[size];
      for (int i = 0; i < size; ++i) all[i] = (byte) (i * 7);
      keys.add(all);
    }
  }

  public static void main(String[] args) {
    List<byte[]> keys = new ArrayList<>();
    addTexts(keys);
    addBytes(keys);
    StringBuilder table = new StringBuilder("key_hex\tmurmur2");
    for (int count : PARTITIONS) table.append("\tof_").append(count);
    table.append('\n');
    for (byte[] key : keys) {
      int hash = Utils.murmur2(key);
      table.append(HexFormat.of().formatHex(key)).append('\t').append(hash);
      for (int count : PARTITIONS) table.append('\t').append(Utils.toPositive(hash) % count);
      table.append('\n');
    }
    System.out.print(table);
  }
}
