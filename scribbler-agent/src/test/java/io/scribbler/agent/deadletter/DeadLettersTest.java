package io.scribbler.agent.deadletter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeadLettersTest {
  private static final String TODAY = "pixel-17-2026-11-22.jsonl";

  @TempDir private Path temp;
  private final List<String> trouble = new CopyOnWriteArrayList<>();
  private volatile Instant now = Instant.parse("2026-11-22T23:59:59.500Z");

  @Test
  void lettersAreJsonLinesForTheUserOnly() throws Exception {
    Path dir = temp.resolve("state").resolve("dead-letter");
    try (DeadLetters letters = open(dir, 1 << 20)) {
      store(letters, letter("a \"line\"\twith é".getBytes(StandardCharsets.UTF_8)));
      store(letters, letter(new byte[] {(byte) 0xff, 0}), anonymous(new byte[0]));
      assertThat(letters.count()).isEqualTo(3);
      assertThat(letters.dir()).isEqualTo(dir);
    }
    Path file = dir.resolve(TODAY);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dir)))
        .isEqualTo("rwx------");
    List<Map<String, String>> read = read(file);
    assertThat(read).hasSize(3);
    assertThat(read.get(0))
        .containsExactly(
            Map.entry("time", "2026-11-22T23:59:59.500Z"),
            Map.entry("stream", "firehose"),
            Map.entry("topic", "clicks"),
            Map.entry("producer", "p"),
            Map.entry("epoch", "18446744073709551615"),
            Map.entry("sequence", "7"),
            Map.entry("key", "k"),
            Map.entry("reason", "too_long"),
            Map.entry("length", "5000000"),
            Map.entry("data", "a \"line\"\twith é"));
    assertThat(read.get(1))
        .containsEntry("data_base64", Base64.getEncoder().encodeToString(new byte[] {-1, 0}))
        .doesNotContainKey("data");
    assertThat(read.get(2))
        .containsEntry("data", "")
        .doesNotContainKeys("producer", "epoch", "sequence");
    assertThat(trouble).isEmpty();
  }

  @Test
  void wholeMessagesAreKeptWhole() throws Exception {
    ByteBuffer data = ByteBuffer.allocateDirect(100 << 10);
    try (DeadLetters letters = open(temp, 1 << 20)) {
      store(
          letters,
          new DeadLetter(
              "s", "t", "", 0, 0, "", "refused", data.capacity(), data.asReadOnlyBuffer()));
    }
    assertThat(data.position()).isZero();
    assertThat(read(temp.resolve(TODAY)).get(0).get("data")).hasSize(100 << 10);
  }

  /** The cut may fall inside a character; what is before it is still text. */
  @Test
  void aCharacterAtTheCutDoesNotTurnTextIntoBinary() throws Exception {
    byte[] data = ("x" + "é".repeat(32 << 10)).getBytes(StandardCharsets.UTF_8);
    try (DeadLetters letters = open(temp, 1 << 20)) {
      store(
          letters,
          new DeadLetter("s", "t", "", 0, 0, "", "r", 100_000, ByteBuffer.wrap(data, 0, 64 << 10)));
    }
    assertThat(read(temp.resolve(TODAY)).get(0).get("data"))
        .isEqualTo("x" + "é".repeat((32 << 10) - 1));
  }

  @Test
  void whatIsWrittenIsReadAgainTheSame() throws Exception {
    List<DeadLetter> all =
        List.of(
            letter("text é".getBytes(StandardCharsets.UTF_8)),
            anonymous(new byte[] {(byte) 0xc3}),
            new DeadLetter("a,b", "t", "p", 5, -2, "", "refused", 0, ByteBuffer.allocate(0)));
    try (DeadLetters letters = open(temp, 1 << 20)) {
      store(letters, all.toArray(DeadLetter[]::new));
    }
    Path file = temp.resolve(TODAY);
    Files.writeString(
        file,
        Files.readString(file) + "{\"stream\":\"s\",\n" + "x".repeat(200_000),
        StandardCharsets.UTF_8);
    try (LetterReader reader = new LetterReader(file)) {
      for (DeadLetter each : all) {
        assertThat(reader.next()).isEqualTo(new LetterReader.Line.Letter(each));
      }
      assertThat(reader.next())
          .isInstanceOfSatisfying(
              LetterReader.Line.Unreadable.class, line -> assertThat(line.number()).isEqualTo(4));
      assertThat(reader.next()).isInstanceOf(LetterReader.Line.Unreadable.class);
      assertThat(reader.next()).isInstanceOf(LetterReader.Line.End.class);
    }
  }

  @Test
  void eachDayHasItsFileAndARestartAppends() throws Exception {
    try (DeadLetters letters = open(temp, 1 << 20)) {
      store(letters, letter('a'));
      now = now.plus(Duration.ofSeconds(1));
      store(letters, letter('b'));
    }
    try (DeadLetters letters = open(temp, 1 << 20)) {
      store(letters, letter('c'));
    }
    assertThat(read(temp.resolve(TODAY))).hasSize(1);
    assertThat(read(temp.resolve("pixel-17-2026-11-23.jsonl"))).hasSize(2);
  }

  /** Pipes of one host have the same producer unless told otherwise. */
  @Test
  void twoAgentsOfTheSameNameShareTheFile() throws Exception {
    try (DeadLetters one = open(temp, 1 << 20);
        DeadLetters two = open(temp, 1 << 20)) {
      for (int i = 0; i < 10; i++) {
        store(one, letter('a'));
        store(two, letter('b'));
      }
    }
    assertThat(read(temp.resolve(TODAY))).hasSize(20);
  }

  @Test
  void aLineThatACrashCutShortIsEnded() throws Exception {
    Path file = temp.resolve(TODAY);
    Files.writeString(file, "{\"time\":\"2026");
    try (DeadLetters letters = open(temp, 1 << 20)) {
      store(letters, letter('a'));
    }
    assertThat(Files.readAllLines(file)).hasSize(2).last().asString().startsWith("{\"time\"");
  }

  @Test
  void aFileThatWasTakenAwayIsMadeAnew() throws Exception {
    Path file = temp.resolve(TODAY);
    try (DeadLetters letters = open(temp, 1 << 20)) {
      store(letters, letter('a'));
      try (LetterFiles files = LetterFiles.lock(temp).orElseThrow()) {
        assertThat(LetterFiles.lock(temp)).isEmpty();
        Path claimed = files.claim(file);
        store(letters, letter('b'));
        assertThat(LetterFiles.in(temp)).containsExactly(file, claimed);
        assertThat(read(claimed)).hasSize(1);
        assertThat(files.finish(claimed)).isEqualTo(temp.resolve(TODAY + ".redriven"));
        assertThat(files.finish(files.claim(file))).isEqualTo(temp.resolve(TODAY + ".2.redriven"));
      }
      assertThat(LetterFiles.in(temp)).isEmpty();
    }
  }

  @Test
  void whatIsOverTheLimitIsHeldUntilFilesAreMovedAway() throws Exception {
    try (DeadLetters letters = open(temp, 450)) {
      store(letters, letter('a'));
      store(letters, letter('b'));
      CountDownLatch stored = new CountDownLatch(1);
      letters.add(letters(letter('c')), stored::countDown, DeadLettersTest::lost);
      await().until(() -> trouble.size() > 1);
      assertThat(stored.getCount()).isEqualTo(1);
      assertThat(letters.count()).isEqualTo(2);
      assertThat(trouble).allMatch(line -> line.contains("move them away"));
      Files.move(temp.resolve(TODAY), temp.resolve("x.redriven"));
      assertThat(stored.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(letters.count()).isEqualTo(3);
    }
  }

  /** /dev/full is a disk without room: it opens, and every write fails. */
  @Test
  void aFullDiskHoldsLettersAndNobodyWaits() throws Exception {
    Path file = temp.resolve(TODAY);
    Files.createSymbolicLink(file, Path.of("/dev/full"));
    try (DeadLetters letters = open(temp, 1 << 20)) {
      CountDownLatch stored = new CountDownLatch(100);
      for (int i = 0; i < 100; i++) {
        letters.add(letters(letter('a')), stored::countDown, DeadLettersTest::lost);
      }
      await().until(() -> trouble.size() > 2);
      assertThat(stored.getCount()).isEqualTo(100);
      assertThat(trouble).allMatch(line -> line.contains("free or mend the disk"));
      Files.delete(file);
      assertThat(stored.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(letters.count()).isEqualTo(100);
    }
    assertThat(read(file)).hasSize(100);
  }

  @Test
  void aDirectoryThatCantBeMadeHoldsLettersUntilItCan() throws Exception {
    Path inTheWay = Files.createFile(temp.resolve("file"));
    try (DeadLetters letters = open(inTheWay.resolve("dead-letter"), 1 << 20)) {
      CountDownLatch stored = new CountDownLatch(1);
      letters.add(letters(letter('a')), stored::countDown, DeadLettersTest::lost);
      await().until(() -> trouble.size() > 1);
      Files.delete(inTheWay);
      assertThat(stored.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(read(inTheWay.resolve("dead-letter").resolve(TODAY))).hasSize(1);
  }

  /** Of letters that could not be told to their end nothing is in the file. */
  @Test
  void lettersAreStoredWhollyOrNotAtAll() throws Exception {
    AtomicInteger told = new AtomicInteger();
    Letters breaking =
        to -> {
          to.write(letter('a'));
          if (told.incrementAndGet() < 3) {
            to.write(letter(new byte[100_000]));
            throw new IOException("broken");
          }
        };
    try (DeadLetters letters = open(temp, 1 << 20)) {
      CountDownLatch stored = new CountDownLatch(2);
      letters.add(breaking, stored::countDown, DeadLettersTest::lost);
      letters.add(letters(letter('b')), stored::countDown, DeadLettersTest::lost);
      assertThat(stored.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(letters.count()).isEqualTo(2);
    }
    assertThat(read(temp.resolve(TODAY)))
        .extracting(each -> each.get("data"))
        .containsExactly("a", "b");
  }

  @Test
  void whatIsNotWrittenAtTheEndIsToldAsLost() throws Exception {
    Files.createSymbolicLink(temp.resolve(TODAY), Path.of("/dev/full"));
    AtomicInteger lost = new AtomicInteger();
    DeadLetters letters = open(temp, 1 << 20);
    letters.add(letters(letter('a')), () -> trouble.add("stored"), lost::incrementAndGet);
    letters.add(letters(letter('b')), () -> trouble.add("stored"), lost::incrementAndGet);
    letters.close();
    assertThat(lost).hasValue(2);
    letters.add(letters(letter('c')), () -> trouble.add("stored"), lost::incrementAndGet);
    assertThat(lost).hasValue(3);
    assertThat(trouble).isNotEmpty().doesNotContain("stored");
  }

  private DeadLetters open(Path dir, long maxBytes) {
    return new DeadLetters(
        dir,
        "pixel-17",
        maxBytes,
        new ByHand(),
        trouble::add,
        Duration.ofMillis(20),
        Duration.ofMillis(500));
  }

  private static void lost() {
    fail("lost");
  }

  private static void store(DeadLetters letters, DeadLetter... all) throws InterruptedException {
    CountDownLatch stored = new CountDownLatch(1);
    letters.add(letters(all), stored::countDown, DeadLettersTest::lost);
    assertThat(stored.await(30, TimeUnit.SECONDS)).isTrue();
  }

  private static Letters letters(DeadLetter... all) {
    return Letters.of(List.of(all));
  }

  private static DeadLetter letter(char data) {
    return letter(new byte[] {(byte) data});
  }

  private static DeadLetter letter(byte[] data) {
    return new DeadLetter(
        "firehose", "clicks", "p", -1, 7, "k", "too_long", 5_000_000, ByteBuffer.wrap(data));
  }

  private static DeadLetter anonymous(byte[] data) {
    return new DeadLetter(
        "firehose", "clicks", "", 0, 0, "k", "refused", data.length, ByteBuffer.wrap(data));
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
