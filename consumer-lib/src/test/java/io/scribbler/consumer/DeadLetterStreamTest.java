package io.scribbler.consumer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.entry;

import io.scribbler.Streams;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import io.scribbler.net.StreamName;
import io.scribbler.record.BlockEncoder;
import io.scribbler.record.Codec;
import io.scribbler.record.Message;
import io.scribbler.record.MessageBuffer;
import io.scribbler.record.RecordReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/** Letters into an embedded stream by the real SDK. */
final class DeadLetterStreamTest {
  private static final String LETTERS = "letters";

  private LocalStream local;
  private KinesisClient client;
  private DeadLetterStream deadLetters;

  @BeforeEach
  void start() {
    local = LocalStream.start(LocalOptions.defaults().withStream(LETTERS, 1));
    client = Streams.client(local);
    deadLetters = new DeadLetterStream(location(StreamName.parse(LETTERS)));
  }

  @AfterEach
  void stop() {
    deadLetters.close();
    client.close();
    local.close();
  }

  private StreamLocation location(StreamName name) {
    return new StreamLocation(name, null, local.endpoint(), null, null, null);
  }

  private List<Record> records() {
    String shard = Streams.openShards(client, LETTERS).get(0).shardId();
    String iterator =
        client
            .getShardIterator(
                r ->
                    r.streamName(LETTERS)
                        .shardId(shard)
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
            .shardIterator();
    return client.getRecords(r -> r.shardIterator(iterator)).records();
  }

  private List<Message> messages() {
    List<Message> messages = new ArrayList<>();
    for (Record each : records()) {
      RecordReader.messages(each.data().asByteArray()).forEach(messages::add);
    }
    return messages;
  }

  /** A record of two messages, the second one with a key. */
  private static byte[] record(Map<String, String> attributes) {
    MessageBuffer buffer = new MessageBuffer(1 << 10);
    buffer.append("a".getBytes(UTF_8), 0, 1, 5, null);
    buffer.append("b".getBytes(UTF_8), 0, 1, 6, "user-7".getBytes(UTF_8));
    try (BlockEncoder encoder = new BlockEncoder(Codec.GZIP)) {
      return Streams.record(
          encoder.encode("clicks", "pixel-17", -2, Long.MIN_VALUE, 1_000, attributes, buffer));
    }
  }

  @Test
  void aMessageKeepsEverythingAndSaysWhyAndFromWhere() throws IOException {
    IOException cause = new IOException("too\nlong");
    for (DeadLetter each : Letters.ofMessages(record(Map.of("schema", "7")), cause)) {
      deadLetters.park(each);
    }
    assertThat(messages())
        .containsExactly(
            new Message(
                "clicks",
                "pixel-17",
                -2,
                Long.MIN_VALUE,
                1005,
                "",
                Map.of(
                    "schema",
                    "7",
                    "dead-letter-cause",
                    "java.io.IOException: too long",
                    "dead-letter-stream",
                    "events",
                    "dead-letter-shard",
                    "shardId-000000000003",
                    "dead-letter-position",
                    "49590/1"),
                "a".getBytes(UTF_8)),
            new Message(
                "clicks",
                "pixel-17",
                -2,
                Long.MIN_VALUE + 1,
                1006,
                "user-7",
                Map.of(
                    "schema",
                    "7",
                    "dead-letter-cause",
                    "java.io.IOException: too long",
                    "dead-letter-stream",
                    "events",
                    "dead-letter-shard",
                    "shardId-000000000003",
                    "dead-letter-position",
                    "49590/2"),
                "b".getBytes(UTF_8)));
    assertThat(records())
        .extracting(Record::partitionKey)
        .containsExactly("key-of-kinesis", "user-7");
  }

  @Test
  void messagesWithoutIdentityGetThatOfTheirPlace() throws IOException {
    for (DeadLetter each :
        Letters.ofMessages(Streams.kpl(List.of("x", "y")), new IOException("failed"))) {
      deadLetters.park(each);
    }
    assertThat(messages())
        .extracting(m -> m.producer() + " " + m.epoch() + " " + m.topic() + " " + m.sequence())
        .containsExactly(
            "events/shardId-000000000003/49590 0 events 0",
            "events/shardId-000000000003/49590 0 events 1");
    assertThat(messages()).extracting(m -> new String(m.data(), UTF_8)).containsExactly("x", "y");
    assertThat(messages()).extracting(Message::timeMillis).containsOnly(Letters.ARRIVAL);
  }

  @Test
  void aRecordThatCannotBeReadIsOneMessage() throws IOException {
    byte[] broken = {(byte) 0xF1, 0x5C, 9, 9};
    deadLetters.park(Letters.ofUnreadable(broken, new IOException("unknown version 9")));
    Message letter = messages().get(0);
    assertThat(letter.topic()).isEqualTo(DeadLetterStream.UNREADABLE_TOPIC);
    assertThat(letter.data()).isEqualTo(broken);
    assertThat(letter.timeMillis()).isEqualTo(Letters.ARRIVAL);
    assertThat(letter.producer()).isEqualTo("events/shardId-000000000003/49590");
    assertThat(letter.sequence()).isEqualTo(2);
    assertThat(letter.attributes())
        .containsExactly(
            entry("dead-letter-cause", "java.io.IOException: unknown version 9"),
            entry("dead-letter-stream", "events"),
            entry("dead-letter-shard", "shardId-000000000003"),
            entry("dead-letter-position", "49590/3"));
    assertThat(records()).extracting(Record::partitionKey).containsExactly("key-of-kinesis");
  }

  @Test
  void aMessageOfWhichTheHandlerGotSomeFieldsIsWhole() throws IOException {
    BatchData batch = Letters.batch(record(Map.of()), "{}".getBytes(UTF_8));
    deadLetters.park(Letters.of(new ConsumerMessage(batch, 1), new IOException("failed")));
    assertThat(messages().get(0).data()).isEqualTo("b".getBytes(UTF_8));
  }

  @Test
  void attributesWithoutRoomAreCounted() throws IOException {
    Map<String, String> many = new LinkedHashMap<>();
    for (int i = 0; i < 1024; i++) {
      many.put("name-" + i, "value");
    }
    deadLetters.park(Letters.ofMessages(record(many), new IOException("failed")).get(0));
    assertThat(messages().get(0).attributes())
        .hasSize(1024)
        .containsEntry("dead-letter-position", "49590/1")
        .containsEntry("dead-letter-attributes-left-out", "5");
  }

  @Test
  void theLastPlaceCountsWhenALetterIsParkedAgain() throws IOException {
    Map<String, String> before = Map.of("dead-letter-cause", "old", "dead-letter-stream", "first");
    deadLetters.park(Letters.ofMessages(record(before), new IOException("new")).get(0));
    assertThat(messages().get(0).attributes())
        .containsEntry("dead-letter-cause", "java.io.IOException: new")
        .containsEntry("dead-letter-stream", "events");
  }

  @Test
  void aKeyThatKinesisTakesAsNoneIsReplaced() throws IOException {
    MessageBuffer buffer = new MessageBuffer(1 << 10);
    buffer.append(new byte[0], 0, 0, 0, "k".repeat(300).getBytes(UTF_8));
    try (BlockEncoder encoder = new BlockEncoder(Codec.NONE)) {
      byte[] block = encoder.encode("t", "p", 1, 1, 1, Map.of(), buffer);
      deadLetters.park(Letters.ofMessages(Streams.record(block), new IOException("failed")).get(0));
    }
    assertThat(messages().get(0).key()).hasSize(300);
    assertThat(records()).extracting(Record::partitionKey).containsExactly("key-of-kinesis");
  }

  private static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new Random(5).nextBytes(bytes);
    return bytes;
  }

  @Test
  void aRecordOfOverOneMibSaysSo() {
    assertThatIOException()
        .isThrownBy(
            () -> deadLetters.park(Letters.ofUnreadable(noise(1 << 20), new IOException("failed"))))
        .withMessageContaining("into the stream letters: ")
        .withMessageMatching("[^\n]*its record has 1048\\d+ bytes and a stream takes 1 MiB[^\n]*")
        .withMessageEndingWith("or park into a DeadLetterFile");
    assertThatIOException()
        .isThrownBy(
            () ->
                deadLetters.park(Letters.ofUnreadable(noise(10 << 20), new IOException("failed"))))
        .withMessageContaining("no record can be so large")
        .withNoCause();
    assertThat(records()).isEmpty();
  }

  @Test
  void aStreamThatTakesLargerRecordsGetsThem() throws IOException {
    byte[] large = noise(2 << 20);
    try (LocalStream wide =
            LocalStream.start(
                LocalOptions.defaults().withMaxRecordBytes(10 << 20).withStream(LETTERS, 1));
        DeadLetterStream into =
            new DeadLetterStream(
                new StreamLocation(
                    StreamName.parse(LETTERS), null, wide.endpoint(), null, null, null))) {
      into.park(Letters.ofUnreadable(large, new IOException("failed")));
      assertThat(wide.counters().acceptedRecords()).isEqualTo(1);
    }
  }

  @Test
  void aStreamDoesNotGetItsOwnLetters() throws IOException {
    try (DeadLetterStream own = new DeadLetterStream(location(StreamName.parse("events")))) {
      assertThatIOException()
          .isThrownBy(() -> own.park(Letters.ofUnreadable(new byte[1], new IOException("failed"))))
          .withMessageContaining("name another stream");
    }
  }

  @Test
  void aStreamThatIsDownOrMissingThrowsOneLine() {
    local.goDown();
    assertThatIOException()
        .isThrownBy(
            () -> deadLetters.park(Letters.ofUnreadable(new byte[1], new IOException("failed"))))
        .withMessageStartingWith("a dead letter can't be put into the stream letters: ")
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).doesNotContain("1 MiB"));
    local.comeUp();
    try (DeadLetterStream missing = new DeadLetterStream(location(StreamName.parse("missing")))) {
      assertThatIOException()
          .isThrownBy(
              () -> missing.park(Letters.ofUnreadable(new byte[1], new IOException("failed"))))
          .withMessageContaining("stream missing: ")
          .withMessageContaining("ResourceNotFoundException");
    }
  }

  @Test
  void credentialsAndAnArnAreUsed() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    StreamName arn = StreamName.parse("arn:aws:kinesis:eu-west-1:000000000000:stream/" + LETTERS);
    try (DeadLetterStream own =
        new DeadLetterStream(
            location(arn),
            () -> {
              asked.incrementAndGet();
              return AwsBasicCredentials.create("mine", "secret");
            })) {
      own.park(Letters.ofUnreadable(new byte[1], new IOException("failed")));
    }
    assertThat(asked).hasPositiveValue();
    assertThat(records()).hasSize(1);
  }
}
