package io.scribbler.agent.deadletter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeadLettersTest {
  @TempDir private Path temp;
  private final List<String> trouble = new ArrayList<>();
  private Instant now = Instant.parse("2026-11-22T23:59:59.500Z");

  @Test
  void lettersAreJsonLinesForTheUserOnly() throws IOException {
    Path dir = temp.resolve("state").resolve("dead-letter");
    try (DeadLetters letters = open(dir, 1 << 20)) {
      assertThat(letters.add(letter("a \"line\"\twith é".getBytes(StandardCharsets.UTF_8))))
          .isTrue();
      assertThat(letters.add(List.of(letter(new byte[] {(byte) 0xff, 0}), letter(new byte[0]))))
          .isTrue();
      assertThat(letters.count()).isEqualTo(3);
      assertThat(letters.dir()).isEqualTo(dir);
    }
    Path file = dir.resolve("pixel-17-2026-11-22.jsonl");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir)))
        .isEqualTo("rwx------");
    List<Map<String, String>> read = read(file);
    assertThat(read).hasSize(3);
    assertThat(read.get(0))
        .containsEntry("time", "2026-11-22T23:59:59.500Z")
        .containsEntry("stream", "firehose")
        .containsEntry("topic", "clicks")
        .containsEntry("key", "k")
        .containsEntry("reason", "too-long")
        .containsEntry("length", "5000000")
        .containsEntry("data", "a \"line\"\twith é");
    assertThat(read.get(1))
        .containsEntry("data_base64", Base64.getEncoder().encodeToString(new byte[] {-1, 0}))
        .doesNotContainKey("data");
    assertThat(read.get(2)).containsEntry("data", "");
    assertThat(trouble).isEmpty();
  }

  @Test
  void onlyTheFirst64KibAreKeptAndTheBufferIsNotMoved() throws IOException {
    ByteBuffer data = ByteBuffer.allocateDirect(100 << 10);
    try (DeadLetters letters = open(temp, 1 << 20)) {
      letters.add(new DeadLetter("s", "t", "", "too-long", data.capacity(), data));
    }
    assertThat(data.position()).isZero();
    assertThat(read(temp.resolve("pixel-17-2026-11-22.jsonl")).get(0).get("data"))
        .hasSize(DeadLetter.MAX_DATA);
  }

  /** The cut may fall inside a character; what is before it is still text. */
  @Test
  void aCharacterAtTheCutDoesNotTurnTextIntoBinary() throws IOException {
    byte[] data = ("x" + "é".repeat(40 << 10)).getBytes(StandardCharsets.UTF_8);
    try (DeadLetters letters = open(temp, 1 << 20)) {
      letters.add(letter(data));
    }
    assertThat(read(temp.resolve("pixel-17-2026-11-22.jsonl")).get(0)).containsKey("data");
  }

  @Test
  void eachDayHasItsFileAndARestartAppends() throws IOException {
    try (DeadLetters letters = open(temp, 1 << 20)) {
      letters.add(letter(new byte[] {'a'}));
      now = now.plus(Duration.ofSeconds(1));
      letters.add(letter(new byte[] {'b'}));
    }
    try (DeadLetters letters = open(temp, 1 << 20)) {
      letters.add(letter(new byte[] {'c'}));
    }
    assertThat(read(temp.resolve("pixel-17-2026-11-22.jsonl"))).hasSize(1);
    assertThat(read(temp.resolve("pixel-17-2026-11-23.jsonl"))).hasSize(2);
  }

  @Test
  void aLineThatACrashCutShortIsEnded() throws IOException {
    Path file = temp.resolve("pixel-17-2026-11-22.jsonl");
    Files.writeString(file, "{\"time\":\"2026");
    try (DeadLetters letters = open(temp, 1 << 20)) {
      assertThat(letters.add(letter(new byte[] {'a'}))).isTrue();
    }
    assertThat(Files.readAllLines(file)).hasSize(2).last().asString().startsWith("{\"time\"");
  }

  @Test
  void aFileThatWasMovedAwayIsMadeAnew() throws IOException {
    Path file = temp.resolve("pixel-17-2026-11-22.jsonl");
    try (DeadLetters letters = open(temp, 1 << 20)) {
      letters.add(letter(new byte[] {'a'}));
      Files.move(file, temp.resolve("kept"));
      assertThat(letters.add(letter(new byte[] {'b'}))).isTrue();
    }
    assertThat(read(file)).hasSize(1);
  }

  @Test
  void whatIsOverTheLimitIsNotStoredAndSaid() throws IOException {
    try (DeadLetters letters = open(temp, 300)) {
      assertThat(letters.add(letter(new byte[100]))).isFalse();
      assertThat(letters.add(letter(new byte[] {'a'}))).isTrue();
      assertThat(letters.add(letter(new byte[] {'b'}))).isTrue();
      assertThat(letters.add(letter(new byte[] {'c'}))).isFalse();
      assertThat(letters.count()).isEqualTo(2);
    }
    assertThat(trouble).hasSize(2).allMatch(line -> line.contains("move them away"));
  }

  /** /dev/full is a disk without room: it opens, and every write fails. */
  @Test
  void aFullDiskIsSaidAndNeverThrown() throws IOException {
    Path file = temp.resolve("pixel-17-2026-11-22.jsonl");
    Files.createSymbolicLink(file, Path.of("/dev/full"));
    try (DeadLetters letters = open(temp, 1 << 20)) {
      assertThat(letters.add(letter(new byte[] {'a'}))).isFalse();
      assertThat(letters.add(letter(new byte[] {'a'}))).isFalse();
      assertThat(letters.count()).isZero();
      assertThat(trouble).hasSize(2).allMatch(line -> line.contains("free or mend the disk"));
      Files.delete(file);
      assertThat(letters.add(letter(new byte[] {'b'}))).isTrue();
    }
    assertThat(read(file)).hasSize(1);
  }

  @Test
  void aDirectoryThatCantBeMadeIsSaidAndNeverThrown() throws IOException {
    Path file = Files.createFile(temp.resolve("file"));
    try (DeadLetters letters = open(file.resolve("dead-letter"), 1 << 20)) {
      assertThat(letters.add(letter(new byte[] {'a'}))).isFalse();
    }
    assertThat(trouble).hasSize(1);
  }

  private DeadLetters open(Path dir, long maxBytes) {
    return new DeadLetters(dir, "pixel-17", maxBytes, new ByHand(), trouble::add);
  }

  private static DeadLetter letter(byte[] data) {
    return new DeadLetter("firehose", "clicks", "k", "too-long", 5_000_000, ByteBuffer.wrap(data));
  }

  private static List<Map<String, String>> read(Path file) throws IOException {
    List<Map<String, String>> letters = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      Map<String, String> letter = new LinkedHashMap<>();
      try (JsonParser json = new JsonFactory().createParser(line)) {
        while (json.nextToken() != null) {
          if (json.currentToken() == JsonToken.FIELD_NAME) {
            json.nextToken();
            letter.put(json.currentName(), json.getText());
          }
        }
      }
      letters.add(letter);
    }
    return letters;
  }

  private final class ByHand extends Clock {
    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }
}
