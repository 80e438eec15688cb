package io.scribbler.consumer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scribbler.Streams;
import io.scribbler.agent.deadletter.LetterReader;
import io.scribbler.firehose.Json;
import io.scribbler.record.BlockEncoder;
import io.scribbler.record.Codec;
import io.scribbler.record.MessageBuffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DeadLetterFileTest {
  @TempDir Path temp;

  private Path dir;

  @BeforeEach
  void name() {
    dir = temp.resolve("below").resolve("letters");
  }

  private static Exception cause() {
    return new IllegalStateException("no\n room", new IOException("disk \uD800 broken"));
  }

  private Path file(int number) {
    return dir.resolve(String.format("dead-letters-%06d.jsonl", number));
  }

  private static void park(DeadLetterFile file, List<DeadLetter> letters) throws Exception {
    for (DeadLetter letter : letters) {
      file.park(letter);
    }
  }

  private static List<DeadLetter> letters(String... messages) {
    byte[] block = Streams.block(Codec.ZSTD, "clicks", 41, List.of(messages));
    return Letters.ofMessages(Streams.record(block), cause());
  }

  /** A record with one message of a producer, with a key and attributes. */
  private static byte[] record(long epoch, long sequence, byte[] data) {
    MessageBuffer buffer = new MessageBuffer(1 << 10);
    buffer.append(data, 0, data.length, 5, "größe".getBytes(UTF_8));
    try (BlockEncoder encoder = new BlockEncoder(Codec.ZSTD)) {
      return Streams.record(
          encoder.encode(
              "clicks", "pixel-17", epoch, sequence, 1_000, Map.of("schema", "7"), buffer));
    }
  }

  private List<Map<String, Object>> lines(int number) throws IOException {
    return Files.readAllLines(file(number)).stream().map(Json::object).toList();
  }

  private static BigInteger number(long value) {
    return BigInteger.valueOf(value);
  }

  @Test
  void keepsAMessageWithAllThatIsKnown() throws Exception {
    Instant before = Instant.now().minusMillis(1);
    try (DeadLetterFile file = new DeadLetterFile(dir)) {
      park(file, Letters.ofMessages(record(7, 41, "{\"ä\":1}\n".getBytes(UTF_8)), cause()));
    }
    Map<String, Object> line = lines(1).get(0);
    assertThat(Instant.parse((String) line.get("time"))).isBetween(before, Instant.now());
    assertThat(line)
        .containsEntry("stream", "events")
        .containsEntry("shard", "shardId-000000000003")
        .containsEntry("position", "49590/1")
        .containsEntry("kinesis_sequence", "49590")
        .containsEntry("partition_key", "key-of-kinesis")
        .containsEntry("arrival_millis", number(Letters.ARRIVAL))
        .containsEntry("topic", "clicks")
        .containsEntry("producer", "pixel-17")
        .containsEntry("epoch", number(7))
        .containsEntry("sequence", number(41))
        .containsEntry("time_millis", number(1005))
        .containsEntry("key", "größe")
        .containsEntry("attributes", Map.of("schema", "7"))
        .containsEntry("reason", "handler_failed")
        .containsEntry(
            "cause",
            "java.lang.IllegalStateException: no room; caused by java.io.IOException: disk ? broken")
        .containsEntry("length", number(9))
        .containsEntry("data", "{\"ä\":1}\n")
        .hasSize(18);
  }

  @Test
  void whatIsNoTextIsInBase64AndLargeNumbersAreText() throws Exception {
    byte[] binary = {0, (byte) 0xFF, 1};
    try (DeadLetterFile file = new DeadLetterFile(dir)) {
      park(file, Letters.ofMessages(record(-1, Long.MIN_VALUE, binary), cause()));
    }
    assertThat(lines(1).get(0))
        .containsEntry("data_base64", Base64.getEncoder().encodeToString(binary))
        .containsEntry("epoch", "18446744073709551615")
        .containsEntry("sequence", "9223372036854775808")
        .doesNotContainKey("data");
  }

  @Test
  void aMessageWithoutIdentityHasNone() throws Exception {
    try (DeadLetterFile file = new DeadLetterFile(dir)) {
      park(file, Letters.ofMessages("plain".getBytes(UTF_8), cause()));
    }
    assertThat(lines(1).get(0))
        .containsEntry("topic", "events")
        .containsEntry("key", "key-of-kinesis")
        .containsEntry("data", "plain")
        .doesNotContainKeys("producer", "epoch", "sequence");
  }

  @Test
  void aRecordThatCannotBeReadIsKeptWithItsBytes() throws Exception {
    byte[] record = {(byte) 0xF1, 0x5C, 9, 9};
    try (DeadLetterFile file = new DeadLetterFile(dir)) {
      file.park(Letters.ofUnreadable(record, new IOException("unknown version 9")));
    }
    assertThat(lines(1).get(0))
        .containsEntry("position", "49590/3")
        .containsEntry("reason", "unreadable")
        .containsEntry("cause", "java.io.IOException: unknown version 9")
        .containsEntry("length", number(4))
        .containsEntry("record_base64", Base64.getEncoder().encodeToString(record))
        .doesNotContainKeys("topic", "data", "key");
  }

  @Test
  void keepsAllBytesOfAMessageOfWhichTheHandlerGotSomeFields() throws Exception {
    byte[] blocks =
        Streams.record(
            Streams.block(Codec.GZIP, "a", 0, List.of("{\"a\":1}", "{\"a\":2}")),
            Streams.block(Codec.ZSTD, "b", 0, List.of("{\"a\":3}", "{\"a\":4}")));
    BatchData batch = Letters.batch(blocks, "{}".getBytes(UTF_8));
    try (DeadLetterFile file = new DeadLetterFile(dir)) {
      for (int i = 0; i < 4; i++) {
        ConsumerMessage message = new ConsumerMessage(batch, i);
        assertThat(message.text()).isEqualTo("{}");
        file.park(Letters.of(message, cause()));
      }
    }
    assertThat(lines(1))
        .extracting(line -> line.get("data"))
        .containsExactly("{\"a\":1}", "{\"a\":2}", "{\"a\":3}", "{\"a\":4}");
  }

  @Test
  void theAgentsReaderReadsTheMessages() throws Exception {
    try (DeadLetterFile file = new DeadLetterFile(dir)) {
      park(file, Letters.ofMessages(record(-1, 41, new byte[] {-1, 2}), cause()));
      file.park(Letters.ofUnreadable(new byte[] {1}, cause()));
      park(file, letters("text"));
    }
    try (LetterReader reader = new LetterReader(file(1))) {
      var first = ((LetterReader.Line.Letter) reader.next()).letter();
      assertThat(first.stream()).isEqualTo("events");
      assertThat(first.topic()).isEqualTo("clicks");
      assertThat(first.producer()).isEqualTo("pixel-17");
      assertThat(first.epoch()).isEqualTo(-1);
      assertThat(first.sequence()).isEqualTo(41);
      assertThat(first.key()).isEqualTo("größe");
      assertThat(first.whole()).isTrue();
      assertThat(first.data().array()).containsExactly(-1, 2);
      assertThat(reader.next()).isInstanceOf(LetterReader.Line.Unreadable.class);
      assertThat(((LetterReader.Line.Letter) reader.next()).letter().data().array())
          .isEqualTo("text".getBytes(UTF_8));
      assertThat(reader.next()).isInstanceOf(LetterReader.Line.End.class);
    }
  }

  @Test
  void filesAreTheUsersAlone() throws Exception {
    try (DeadLetterFile file = new DeadLetterFile(dir)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir)))
          .isEqualTo("rwx------");
      park(file, letters("a"));
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file(1))))
        .isEqualTo("rw-------");
  }

  @Test
  void aFullFileIsFollowedByTheNext() throws Exception {
    try (DeadLetterFile file = new DeadLetterFile(dir, 600, 1 << 20)) {
      park(file, letters("a", "b", "c", "d", "e"));
    }
    assertThat(Files.size(file(1))).isBetween(600L, 1200L);
    assertThat(lines(1)).hasSize(2);
    try (DeadLetterFile file = new DeadLetterFile(dir, 600, 1 << 20)) {
      park(file, letters("f"));
    }
    assertThat(lines(2)).extracting(line -> line.get("data")).containsExactly("c", "d");
    assertThat(lines(3)).extracting(line -> line.get("data")).containsExactly("e", "f");
    assertThat(file(4)).doesNotExist();
  }

  @Test
  void lettersAreRefusedWhenAllFilesAreAsLargeAsTheyMayBe() throws Exception {
    try (DeadLetterFile file = new DeadLetterFile(dir, 100, 1000)) {
      park(file, letters("a", "b", "c"));
      assertThatIOException()
          .isThrownBy(() -> park(file, letters("d")))
          .withMessageContaining("have reached 1000 bytes")
          .withMessageContaining("move them away");
      Files.move(file(1), temp.resolve("looked-into.jsonl"));
      park(file, letters("d"));
    }
    assertThat(lines(4)).extracting(line -> line.get("data")).containsExactly("d");
  }

  @Test
  void aLineThatACrashCutIsEnded() throws Exception {
    try (DeadLetterFile file = new DeadLetterFile(dir)) {
      park(file, letters("a"));
      Files.writeString(file(1), "{\"time\":\"20", StandardOpenOption.APPEND);
      park(file, letters("b"));
    }
    List<String> lines = Files.readAllLines(file(1));
    assertThat(lines).hasSize(3);
    assertThat(lines.get(1)).isEqualTo("{\"time\":\"20");
    assertThat(Json.object(lines.get(0))).containsEntry("data", "a");
    assertThat(Json.object(lines.get(2))).containsEntry("data", "b");
  }

  @Test
  void filesMayBeMovedAwayAndTheDirectoryToo() throws Exception {
    try (DeadLetterFile file = new DeadLetterFile(dir)) {
      park(file, letters("a"));
      Files.move(file(1), temp.resolve("moved.jsonl"));
      park(file, letters("b"));
      assertThat(lines(1)).extracting(line -> line.get("data")).containsExactly("b");
      Files.move(dir, temp.resolve("moved"));
      park(file, letters("c"));
      assertThat(lines(1)).extracting(line -> line.get("data")).containsExactly("c");
    }
  }

  /** /dev/full is a disk without room: it opens, and every write fails. */
  @Test
  void aFullDiskIsSaidAndTheLetterCanBeParkedAgain() throws Exception {
    try (DeadLetterFile file = new DeadLetterFile(dir)) {
      Files.createSymbolicLink(file(1), Path.of("/dev/full"));
      assertThatIOException()
          .isThrownBy(() -> park(file, letters("secret")))
          .withMessageStartingWith("dead letters can't be written to " + dir + ": ")
          .withMessageContaining("No space left")
          .withMessageEndingWith("; free or mend the disk, or move files away")
          .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret").hasLineCount(1));
      Files.delete(file(1));
      park(file, letters("secret"));
    }
    assertThat(lines(1)).hasSize(1);
  }

  @Test
  void nothingStaysOfALetterThatCannotBeWritten() throws Exception {
    RuntimeException unprintable =
        new RuntimeException() {
          private static final long serialVersionUID = 1L;

          @Override
          public String getMessage() {
            throw new UncheckedIOException(new IOException("no message"));
          }
        };
    try (DeadLetterFile file = new DeadLetterFile(dir)) {
      park(file, letters("a"));
      assertThatIOException()
          .isThrownBy(() -> file.park(Letters.ofUnreadable(new byte[1 << 20], unprintable)));
      park(file, letters("b"));
    }
    assertThat(lines(1)).extracting(line -> line.get("data")).containsExactly("a", "b");
  }

  @Test
  void causesAreBounded() throws Exception {
    Exception chain = new IOException("x".repeat(5000) + "😀");
    for (int i = 0; i < 100; i++) {
      chain = new IOException("y", chain);
    }
    try (DeadLetterFile file = new DeadLetterFile(dir)) {
      file.park(Letters.ofUnreadable(new byte[1], chain));
      file.park(Letters.ofUnreadable(new byte[1], new IOException("x".repeat(5000))));
    }
    assertThat((String) lines(1).get(0).get("cause")).hasSizeLessThanOrEqualTo(2000);
    assertThat((String) lines(1).get(1).get("cause")).hasSize(2000);
  }

  @Test
  void aClosedOneTakesNothing() throws Exception {
    DeadLetterFile file = new DeadLetterFile(dir);
    file.close();
    assertThatThrownBy(() -> park(file, letters("a")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    try (Stream<Path> files = Files.list(dir)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void aDirectoryThatCannotBeMadeIsSaidAtOnce() throws Exception {
    Files.createFile(temp.resolve("below"));
    assertThatIOException().isThrownBy(() -> new DeadLetterFile(dir).close());
    assertThatThrownBy(() -> new DeadLetterFile(temp, 0, 1).close())
        .isInstanceOf(IllegalArgumentException.class);
  }
}
