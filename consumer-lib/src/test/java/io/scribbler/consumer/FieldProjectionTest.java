package io.scribbler.consumer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FieldProjectionTest {
  private static final String REFUSED = "refused";

  private final FieldProjection userAndTime = fields("user_id", "ts");

  private static FieldProjection fields(String... names) {
    return new FieldProjection(List.of(names));
  }

  private String project(String json) {
    return project(userAndTime, json);
  }

  private static String project(FieldProjection projection, String json) {
    return project(projection, json.getBytes(UTF_8));
  }

  /** Projects a message that lies somewhere in an array, with what could be a part of it around. */
  private static String project(FieldProjection projection, byte[] json) {
    byte[] around = new byte[json.length + 20];
    Arrays.fill(around, (byte) '1');
    System.arraycopy(json, 0, around, 7, json.length);
    byte[] before = around.clone();
    boolean projected = projection.project(around, 7, json.length);
    assertThat(around).isEqualTo(before);
    return projected ? new String(projection.array(), 0, projection.size(), UTF_8) : REFUSED;
  }

  @Test
  void takesTheWantedFieldsInTheOrderOfTheMessage() {
    assertThat(project("{\"a\":1,\"ts\":17,\"b\":[1],\"user_id\":\"u-1\",\"c\":null}"))
        .isEqualTo("{\"ts\":17,\"user_id\":\"u-1\"}");
    assertThat(project("{\"user_id\":\"u-1\",\"ts\":17}"))
        .isEqualTo("{\"user_id\":\"u-1\",\"ts\":17}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-0.50",
        "1E+2",
        "12345678901234567890123456789",
        "1.0000000000000000000000000000001",
        "true",
        "false",
        "null",
        "\"\"",
        "\"a\\u00e9\\/\\n\\\"}, \"",
        "\"Größe 😀\"",
        "\"ends in blanks ,  \"",
        "[]",
        "{}",
        "[1, 2 ,[3\t]]",
        "{ \"user_id\" : {\"ts\":[ {} ]}, \"x\":\"}\" }"
      })
  void copiesValuesByteForByte(String value) {
    String expected = "{\"user_id\":" + value + "}";
    assertThat(project("{\"user_id\":" + value + "}")).isEqualTo(expected);
    assertThat(project(" {\n \"user_id\" :\t" + value + "\r\n , \"x\" : 1 } \n"))
        .isEqualTo(expected);
    assertThat(project("{\"ts\":1,\"user_id\":" + value + " ,\"x\":1}"))
        .isEqualTo("{\"ts\":1,\"user_id\":" + value + "}");
  }

  @Test
  void leavesOutWhatIsAbsent() {
    assertThat(project("{\"a\":1,\"ts\":2}")).isEqualTo("{\"ts\":2}");
    assertThat(project("{\"a\":{\"ts\":2}}")).isEqualTo("{}");
    assertThat(project("{}")).isEqualTo("{}");
  }

  @Test
  void findsNamesHoweverTheyAreWritten() {
    assertThat(project("{\"user\\u005Fid\":1,\"t\\u0073\":2}"))
        .isEqualTo("{\"user_id\":1,\"ts\":2}");
    assertThat(project(fields("größe", "a\"b"), "{\"gr\\u00f6ße\":1,\"a\\\"b\":2,\"ts\":3}"))
        .isEqualTo("{\"größe\":1,\"a\\\"b\":2}");
  }

  @Test
  void theFirstOfTwoCounts() {
    assertThat(project("{\"ts\":1,\"ts\":2,\"user_id\":3,\"user_id\":4}"))
        .isEqualTo("{\"ts\":1,\"user_id\":3}");
    assertThat(project("{\"ts\":1,\"ts\":2}")).isEqualTo("{\"ts\":1}");
  }

  @Test
  void aMessageLeavesNothingForTheNext() {
    assertThat(project("{\"ts\":1,\"user_id\":2}")).isEqualTo("{\"ts\":1,\"user_id\":2}");
    assertThat(project("{\"ts\":1,")).isEqualTo(REFUSED);
    assertThat(userAndTime.project(new byte[0], 0, 0)).isFalse();
    assertThat(project("{\"ts\":3,\"user_id\":4}")).isEqualTo("{\"ts\":3,\"user_id\":4}");
  }

  @Test
  void takesNestedFieldsWithWhatHoldsThem() {
    FieldProjection nested = fields("geo.country", "geo.place.zip", "ts");
    assertThat(
            project(
                nested,
                "{\"country\":0,\"geo\":{\"a\":[{\"country\":1}],\"country\":\"DE\","
                    + "\"place\":{\"zip\":\"89073\",\"x\":1},\"y\":1},\"ts\":2,\"z\":3}"))
        .isEqualTo("{\"geo\":{\"country\":\"DE\",\"place\":{\"zip\":\"89073\"}},\"ts\":2}");
    assertThat(project(nested, "{\"geo\":{\"a\":1,\"place\":{\"b\":2}},\"ts\":2}"))
        .isEqualTo("{\"ts\":2}");
    assertThat(project(nested, "{\"ts\":2,\"geo\":{\"place\":7,\"country\":\"DE\"}}"))
        .isEqualTo("{\"ts\":2,\"geo\":{\"country\":\"DE\"}}");
    for (String noObject : List.of("null", "7", "\"country\"", "[{\"country\":1}]")) {
      assertThat(project(nested, "{\"geo\":" + noObject + ",\"ts\":2}")).isEqualTo("{\"ts\":2}");
    }
    assertThat(project(nested, "{\"geo\":{\"country\":1},\"geo\":{\"country\":2,\"place\":{}}}"))
        .isEqualTo("{\"geo\":{\"country\":1}}");
  }

  @Test
  void aWholeFieldHasItsNestedOnes() {
    String json = "{\"geo\":{\"country\":\"DE\", \"zip\":1},\"x\":2}";
    for (FieldProjection each : List.of(fields("geo", "geo.zip"), fields("geo.zip", "geo"))) {
      assertThat(project(each, json)).isEqualTo("{\"geo\":{\"country\":\"DE\", \"zip\":1}}");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "  ",
        "17",
        "null",
        "\"ts\"",
        "[{\"ts\":1}]",
        "ts=1",
        "GET / HTTP/1.1",
        "{",
        "{\"ts\":1",
        "{\"ts\":1,",
        "{\"ts\":1,}",
        "{\"ts\"}",
        "{ts:1}",
        "{\"ts\":01}",
        "{\"ts\":1}x",
        "{\"ts\":1}{\"ts\":2}",
        "{\"ts\":1]",
        "{\"ts\":NaN}",
        "{\"x\":NaN,\"ts\":1}",
        "{\"ts\":-Infinity}",
        "{\"ts\":1/* */}",
        "{'ts':1}",
        "{\"ts\":\"a\nb\"}",
        "{\"ts\":\"\\x\"}",
        "\uFEFF[1]"
      })
  void refusesWhatIsNoObjectOfJson(String message) {
    assertThat(project(message)).isEqualTo(REFUSED);
  }

  @Test
  void looksForNoOtherEncoding() {
    assertThat(project(userAndTime, "{\"ts\":1}".getBytes(UTF_16LE))).isEqualTo(REFUSED);
  }

  @Test
  void refusesBrokenUtf8() {
    assertThat(project(userAndTime, "{\"ts\":\"\u00e9\"}".getBytes(ISO_8859_1))).isEqualTo(REFUSED);
    assertThat(project(userAndTime, "{\"x\":\"\u00e9\"}".getBytes(ISO_8859_1))).isEqualTo(REFUSED);
  }

  @Test
  void copiesBytesThatOnlyLookLikeUtf8() {
    for (byte[] odd :
        List.of(
            new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80}, new byte[] {(byte) 0xC0, -128})) {
      byte[] json = "{\"ts\":\"+++\"}".getBytes(UTF_8);
      System.arraycopy(odd, 0, json, 7, odd.length);
      assertThat(userAndTime.project(json, 0, json.length)).isTrue();
      assertThat(Arrays.copyOf(userAndTime.array(), userAndTime.size())).isEqualTo(json);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"ts\":1,\"user_id\":2,\"x\":\"       | {\"ts\":1,\"user_id\":2}",
        "{\"ts\":1,\"user_id\":[2],\"x\":1,NaN} | {\"ts\":1,\"user_id\":[2]}",
        "{\"ts\":1,\"user_id\":\"2\"}}}         | {\"ts\":1,\"user_id\":\"2\"}"
      })
  void whatIsBehindTheFieldAfterTheLastWantedOneIsNotChecked(String message, String expected) {
    assertThat(project(message)).isEqualTo(expected);
  }

  @Test
  void norIsWhatIsBehindTheObjectOfTheLastNestedOne() {
    assertThat(project(fields("geo.country"), "{\"geo\":{\"country\":1} broken"))
        .isEqualTo("{\"geo\":{\"country\":1}}");
  }

  @Test
  void aCutMessageIsNeverTakenForAWholeOne() {
    String json = "{\"ts\":123456,\"user_id\":\"u-123\"}";
    for (int length = 0; length < json.length(); length++) {
      assertThat(project(json.substring(0, length))).isEqualTo(REFUSED);
    }
    assertThat(project(json)).isEqualTo(json);
  }

  @Test
  void deepNestingIsRefusedAndBoundedInMemory() {
    assertThat(project("{\"x\":" + "[".repeat(900) + "]".repeat(900) + ",\"ts\":1}"))
        .isEqualTo("{\"ts\":1}");
    byte[] deep = ("{\"x\":" + "[".repeat(8 << 20)).getBytes(UTF_8);
    assertThat(allocatedBy(() -> assertThat(userAndTime.project(deep, 0, deep.length)).isFalse()))
        .isLessThan(1 << 20);
  }

  @Test
  void longValuesAreCopiedOnce() {
    String text = "é".repeat(4 << 20);
    byte[] json = ("{\"x\":\"" + text + "\",\"ts\":\"" + text + "\"}").getBytes(UTF_8);
    assertThat(allocatedBy(() -> assertThat(userAndTime.project(json, 0, json.length)).isTrue()))
        .isLessThan((8 << 20) + (1 << 20));
    assertThat(userAndTime.size()).isEqualTo("{\"ts\":\"\"}".length() + (8 << 20));
    assertThat(allocatedBy(() -> assertThat(userAndTime.project(json, 0, json.length)).isTrue()))
        .isLessThan(64 << 10);
  }

  @Test
  void endlessNumbersAndNamesAreRefused() {
    assertThat(project("{\"ts\":" + "9".repeat(1000) + "}")).startsWith("{\"ts\":999");
    assertThat(project("{\"ts\":" + "9".repeat(1001) + "}")).isEqualTo(REFUSED);
    assertThat(project("{\"" + "n".repeat(60_000) + "\":1}")).isEqualTo(REFUSED);
  }

  @Test
  void otherNamesInEachMessageDoNotAddUp() {
    Runnable more =
        () -> {
          Random random = new Random(3);
          for (int i = 0; i < 20_000; i++) {
            project("{\"" + random.nextLong() + "\":1,\"ts\":" + i + "}");
          }
        };
    more.run();
    long before = used();
    more.run();
    more.run();
    assertThat(used() - before).isLessThan(4 << 20);
  }

  /** Whatever the bytes are, the answer is theirs alone, and JSON when it is yes. */
  @Test
  void brokenMessagesAreRefusedOrProjectedIntoJson() throws IOException {
    Random random = new Random(11);
    byte[] json =
        ("{\"a\":[1,{\"b\":\"\\u00e9ü\"}],\"geo\":{\"x\":-1.5e3,\"country\":\"DE\"} , \"ts\": 17,"
                + "\"t\":true,\"user_id\":\"u-1\",\"z\":null}")
            .getBytes(UTF_8);
    FieldProjection projection = fields("ts", "geo.country", "user_id", "absent");
    JsonFactory plain = new JsonFactory();
    int projected = 0;
    for (int i = 0; i < 200_000; i++) {
      byte[] broken = Arrays.copyOf(json, json.length - random.nextInt(2) * random.nextInt(20));
      for (int flips = random.nextInt(3); flips >= 0; flips--) {
        broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
      }
      if (projection.project(broken, 0, broken.length)) {
        projected++;
        try (JsonParser parser = plain.createParser(projection.array(), 0, projection.size())) {
          while (parser.nextToken() != null) {
            parser.getText();
          }
        }
      }
    }
    assertThat(projected).isBetween(1_000, 190_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "a.", ".a", "a..b"})
  void refusesFieldsThatAreNone(String field) {
    assertThatThrownBy(() -> fields("ts", field))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + field + "'");
  }

  @Test
  void wantsAField() {
    assertThatThrownBy(FieldProjectionTest::fields).isInstanceOf(IllegalArgumentException.class);
  }

  private static long allocatedBy(Runnable action) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(thread);
    action.run();
    return threads.getThreadAllocatedBytes(thread) - before;
  }

  private static long used() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
