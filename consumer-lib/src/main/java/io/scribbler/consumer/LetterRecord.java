package io.scribbler.consumer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.scribbler.record.BlockEncoder;
import io.scribbler.record.Codec;
import io.scribbler.record.FirehoseRecordBuilder;
import io.scribbler.record.MessageBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** A dead letter as a record for another stream; {@link DeadLetterStream} tells what is in it. */
final class LetterRecord {
  private static final int MOST_ATTRIBUTES = 1024;
  private static final int LONGEST_PARTITION_KEY = 256;

  private LetterRecord() {}

  static byte[] of(DeadLetter letter) {
    return letter.message().isPresent()
        ? of(letter, letter.message().get())
        : ofUnreadable(letter, letter.record().orElseThrow());
  }

  /** The message's key, if Kinesis could take it, else what the letter came with. */
  static String partitionKey(DeadLetter letter) {
    String key = letter.message().map(ConsumerMessage::key).orElse("");
    return key.isEmpty() || key.length() > LONGEST_PARTITION_KEY ? letter.partitionKey() : key;
  }

  private static byte[] of(DeadLetter letter, ConsumerMessage message) {
    boolean identified = message.identified();
    return record(
        message.topic(),
        identified ? message.producer() : place(letter),
        message.epoch(),
        identified ? message.sequence() : index(letter),
        message.timeMillis(),
        attributes(letter, message.attributes()),
        message.key().getBytes(UTF_8),
        WholeMessage.data(message));
  }

  private static byte[] ofUnreadable(DeadLetter letter, StreamRecord record) {
    return record(
        DeadLetterStream.UNREADABLE_TOPIC,
        place(letter),
        0,
        index(letter),
        letter.arrivalMillis(),
        attributes(letter, Map.of()),
        new byte[0],
        record.data());
  }

  private static String place(DeadLetter letter) {
    return letter.stream() + "/" + letter.shardId() + "/" + letter.position().sequenceNumber();
  }

  private static long index(DeadLetter letter) {
    return Math.max(0, letter.position().messages() - 1);
  }

  private static Map<String, String> attributes(DeadLetter letter, Map<String, String> own) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put(DeadLetterStream.CAUSE, CauseText.of(letter.cause()));
    all.put(DeadLetterStream.STREAM, letter.stream());
    all.put(DeadLetterStream.SHARD, letter.shardId());
    all.put(DeadLetterStream.POSITION, letter.position().toString());
    int leftOut = 0;
    for (Map.Entry<String, String> attribute : own.entrySet()) {
      if (all.size() < MOST_ATTRIBUTES - 1) {
        all.putIfAbsent(attribute.getKey(), attribute.getValue());
      } else {
        leftOut++;
      }
    }
    if (leftOut > 0) {
      all.put(DeadLetterStream.LEFT_OUT, Integer.toString(leftOut));
    }
    return all;
  }

  private static byte[] record(
      String topic,
      String producer,
      long epoch,
      long sequence,
      long timeMillis,
      Map<String, String> attributes,
      byte[] key,
      byte[] data) {
    MessageBuffer buffer = new MessageBuffer(MessageBuffer.sizeOf(data.length, 0, key.length));
    buffer.append(data, 0, data.length, 0, key);
    FirehoseRecordBuilder record = new FirehoseRecordBuilder();
    try (BlockEncoder encoder = new BlockEncoder(Codec.ZSTD)) {
      record.add(encoder.encode(topic, producer, epoch, sequence, timeMillis, attributes, buffer));
    }
    return record.build();
  }
}
