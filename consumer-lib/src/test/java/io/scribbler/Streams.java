package io.scribbler;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.scribbler.consumer.StreamLocation;
import io.scribbler.consumer.reading.KinesisConnection;
import io.scribbler.local.LocalStream;
import io.scribbler.net.StreamName;
import io.scribbler.record.BlockEncoder;
import io.scribbler.record.Codec;
import io.scribbler.record.FirehoseRecordBuilder;
import io.scribbler.record.KplRecordBuilder;
import io.scribbler.record.MessageBuffer;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordResponse;
import software.amazon.awssdk.services.kinesis.model.Shard;

/** What the tests put into an embedded stream, and how they reshard it. */
public final class Streams {
  public static final String PRODUCER = "pixel-1";
  public static final long EPOCH = 7;
  public static final long TIME = 1_795_370_000_123L;
  private static final BigInteger HASH_KEYS = BigInteger.ONE.shiftLeft(128);

  private Streams() {}

  public static KinesisClient client(LocalStream local) {
    StreamName any = StreamName.parse("any");
    return KinesisConnection.open(
        new StreamLocation(any, null, local.endpoint(), null, null, null), Map.of());
  }

  /** A block of messages, their sequences from a first one on. */
  public static byte[] block(Codec codec, String topic, long firstSequence, List<String> messages) {
    MessageBuffer buffer = new MessageBuffer(1 << 20);
    for (String message : messages) {
      byte[] data = message.getBytes(UTF_8);
      buffer.append(data, 0, data.length, 0, null);
    }
    try (BlockEncoder encoder = new BlockEncoder(codec)) {
      return encoder.encode(topic, PRODUCER, EPOCH, firstSequence, TIME, Map.of(), buffer);
    }
  }

  public static byte[] record(byte[]... blocks) {
    FirehoseRecordBuilder record = new FirehoseRecordBuilder();
    for (byte[] block : blocks) {
      record.add(block);
    }
    return record.build();
  }

  public static byte[] kpl(List<String> messages) {
    KplRecordBuilder record = new KplRecordBuilder(1 << 16);
    for (String message : messages) {
      byte[] data = message.getBytes(UTF_8);
      record.append(ByteBuffer.wrap(data), 0, data.length, null);
    }
    return record.build("outer", "0");
  }

  /** Puts a record into the open shard that has this part, 0 to below 1, of the hash keys. */
  public static PutRecordResponse put(
      KinesisClient client, String stream, double part, byte[] data) {
    BigInteger hash =
        HASH_KEYS
            .multiply(BigInteger.valueOf((long) (part * 1e9)))
            .divide(BigInteger.valueOf(1_000_000_000));
    return client.putRecord(
        r ->
            r.streamName(stream)
                .partitionKey("key-of-kinesis")
                .explicitHashKey(hash.toString())
                .data(SdkBytes.fromByteArray(data)));
  }

  public static List<Shard> openShards(KinesisClient client, String stream) {
    return client.listShards(r -> r.streamName(stream)).shards().stream()
        .filter(s -> s.sequenceNumberRange().endingSequenceNumber() == null)
        .toList();
  }

  /** Splits a shard in its middle. */
  public static void split(KinesisClient client, String stream, Shard shard) {
    BigInteger from = new BigInteger(shard.hashKeyRange().startingHashKey());
    BigInteger to = new BigInteger(shard.hashKeyRange().endingHashKey());
    client.splitShard(
        r ->
            r.streamName(stream)
                .shardToSplit(shard.shardId())
                .newStartingHashKey(from.add(to).shiftRight(1).add(BigInteger.ONE).toString()));
  }

  public static void merge(KinesisClient client, String stream, Shard left, Shard right) {
    client.mergeShards(
        r ->
            r.streamName(stream)
                .shardToMerge(left.shardId())
                .adjacentShardToMerge(right.shardId()));
  }
}
