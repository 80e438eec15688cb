package io.scribbler.consumer.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.scribbler.record.BlockEncoder;
import io.scribbler.record.Codec;
import io.scribbler.record.FirehoseRecordBuilder;
import io.scribbler.record.KplRecordBuilder;
import io.scribbler.record.MessageBuffer;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * One Kinesis record to put into a {@link TestStream}: what is in it, whose it is, and where it
 * goes. It is made of bytes as producers make them, so a consumer reads it as it would in
 * production. Immutable.
 */
public final class TestRecord {
  private static final int MOST_BYTES = 10 << 20;

  /** Makes the bytes, once it is known by which key and when they are put. */
  private interface Content {
    byte[] bytes(TestRecord record, long timeMillis, long nextSequence);
  }

  /** Whose messages they are. */
  private record Identity(String producer, long epoch, long sequence) {}

  private final String topic;
  private final int count;
  private final Content content;
  private final String key;
  private final Identity identity;
  private final Map<String, String> attributes;
  private final String shardId;

  private TestRecord(
      String topic,
      int count,
      Content content,
      String key,
      Identity identity,
      Map<String, String> attributes,
      String shardId) {
    this.topic = topic;
    this.count = count;
    this.content = content;
    this.key = key;
    this.identity = identity;
    this.attributes = attributes;
    this.shardId = shardId;
  }

  private static TestRecord of(String topic, int count, Content content) {
    return new TestRecord(topic, count, content, "", null, Map.of(), null);
  }

  private static TestRecord messages(String topic, List<byte[]> messages) {
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("a record needs a message");
    }
    return of(
        Objects.requireNonNull(topic, "topic"),
        messages.size(),
        (record, time, next) -> record.firehose(messages, time, next));
  }

  /** A record of the {@code firehose} format with messages of one topic. */
  public static TestRecord of(String topic, String... texts) {
    return messages(topic, Arrays.stream(texts).map(text -> text.getBytes(UTF_8)).toList());
  }

  /** A record of the {@code firehose} format with one message. */
  public static TestRecord of(String topic, byte[] data) {
    return messages(topic, List.of(data.clone()));
  }

  /** An aggregate as the Kinesis Producer Library writes it. */
  public static TestRecord kpl(String... texts) {
    List<byte[]> messages = Arrays.stream(texts).map(text -> text.getBytes(UTF_8)).toList();
    return of("", 0, (record, time, next) -> aggregate(messages, record.partitionKey()));
  }

  /** A record that is one message and nothing else. */
  public static TestRecord plain(String text) {
    return bytes(text.getBytes(UTF_8));
  }

  /** A record with these bytes, whatever they are. */
  public static TestRecord bytes(byte[] data) {
    byte[] copy = data.clone();
    return of("", 0, (record, time, next) -> copy.clone());
  }

  /** A record of the {@code firehose} format that was cut, so that it can't be read. */
  public static TestRecord broken() {
    Content whole = of("broken", "cut in the middle").content;
    return of(
        "broken",
        0,
        (record, time, next) -> {
          byte[] bytes = whole.bytes(record, time, next);
          return Arrays.copyOf(bytes, bytes.length - 3);
        });
  }

  /** With the key of the messages, which also says into which shard the record goes. */
  public TestRecord key(String newKey) {
    return new TestRecord(topic, count, content, newKey, identity, attributes, shardId);
  }

  /**
   * With the identity of the first message; the following ones have the next sequences. Without,
   * the producer is {@code test}, the epoch 1, and the stream counts a sequence for each topic. For
   * the {@code firehose} format only.
   */
  public TestRecord identity(String producer, long epoch, long sequence) {
    Identity given = new Identity(Objects.requireNonNull(producer, "producer"), epoch, sequence);
    return new TestRecord(topic, count, content, key, given, attributes, shardId);
  }

  /** With attributes of all its messages. For the {@code firehose} format only. */
  public TestRecord attributes(Map<String, String> newAttributes) {
    return new TestRecord(topic, count, content, key, identity, Map.copyOf(newAttributes), shardId);
  }

  /** For this shard, whatever the key; it must be open. */
  public TestRecord into(String newShardId) {
    return new TestRecord(topic, count, content, key, identity, attributes, newShardId);
  }

  String topic() {
    return topic;
  }

  /** How many sequences of its topic the stream has to count for it. */
  int sequences() {
    return identity == null ? count : 0;
  }

  Optional<String> key() {
    return key.isEmpty() ? Optional.empty() : Optional.of(key);
  }

  Optional<String> shardId() {
    return Optional.ofNullable(shardId);
  }

  String partitionKey() {
    return key.isEmpty() ? "test" : key;
  }

  byte[] bytes(long timeMillis, long nextSequence) {
    byte[] bytes = content.bytes(this, timeMillis, nextSequence);
    if (bytes.length > MOST_BYTES) {
      throw new IllegalArgumentException(
          "Kinesis takes no record of " + bytes.length + " bytes; put several");
    }
    return bytes;
  }

  private byte[] firehose(List<byte[]> messages, long timeMillis, long nextSequence) {
    byte[] keyBytes = key.getBytes(UTF_8);
    MessageBuffer buffer = new MessageBuffer(1 << 10);
    for (byte[] data : messages) {
      int needed = MessageBuffer.sizeOf(data.length, 0, keyBytes.length);
      buffer.ensureCapacity(Math.addExact(buffer.size(), needed));
      buffer.append(data, 0, data.length, 0, keyBytes);
    }
    Identity own = identity == null ? new Identity("test", 1, nextSequence) : identity;
    FirehoseRecordBuilder record = new FirehoseRecordBuilder();
    try (BlockEncoder encoder = new BlockEncoder(Codec.ZSTD)) {
      record.add(
          encoder.encode(
              topic, own.producer, own.epoch, own.sequence, timeMillis, attributes, buffer));
    }
    return record.build();
  }

  private static byte[] aggregate(List<byte[]> messages, String partitionKey) {
    KplRecordBuilder record = new KplRecordBuilder(1 << 10);
    for (byte[] data : messages) {
      record.append(ByteBuffer.wrap(data), 0, data.length, null);
    }
    return record.build(partitionKey, "0");
  }
}
