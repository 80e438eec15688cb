package io.scribbler.e2e;

import io.scribbler.consumer.StreamLocation;
import io.scribbler.consumer.reading.KinesisConnection;
import io.scribbler.net.StreamName;
import io.scribbler.record.BlockHeader;
import io.scribbler.record.RecordReader;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.ProvisionedThroughputExceededException;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/** Reads all that a stream has and holds it against what clients were told. One thread. */
final class StreamAudit {
  private final Map<Resender.Client, BitSet> seen = new HashMap<>();
  private final Map<Identity, Resender.Client> clients = new HashMap<>();
  private long duplicated;
  private long unrecognised;

  private record Identity(String producer, long epoch, String topic) {}

  /**
   * What came of the messages that one or all clients sent.
   *
   * @param accepted messages that were acknowledged
   * @param lost of those, how many are not in the stream
   * @param duplicated occurrences in the stream beyond the first, with the identity and the bytes
   *     of the first
   * @param unrecognised occurrences whose bytes are not those that their identity had
   */
  record Tally(long accepted, long lost, long duplicated, long unrecognised) {
    boolean clean() {
      return lost == 0 && unrecognised == 0;
    }
  }

  /** Expects messages of a client. */
  void expect(Resender.Client client) {
    seen.put(client, new BitSet());
    clients.put(new Identity(client.producer(), client.epoch(), client.topic()), client);
  }

  /** Reads a stream from its first record to its last. */
  void read(URI endpoint, String stream) {
    StreamLocation location =
        new StreamLocation(StreamName.parse(stream), null, endpoint, null, null, null);
    try (KinesisClient client = KinesisConnection.open(location, Map.of());
        RecordReader reader = new RecordReader()) {
      for (Shard shard : client.listShards(r -> r.streamName(stream)).shards()) {
        String iterator =
            client
                .getShardIterator(
                    r ->
                        r.streamName(stream)
                            .shardId(shard.shardId())
                            .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
        while (iterator != null) {
          String from = iterator;
          GetRecordsResponse page = page(client, from);
          for (Record record : page.records()) {
            take(reader.open(record.data().asByteBuffer()));
          }
          boolean end = page.records().isEmpty() && page.millisBehindLatest() == 0;
          iterator = end ? null : page.nextShardIterator();
        }
      }
    }
  }

  /** Waits where reading is throttled too. */
  private static GetRecordsResponse page(KinesisClient client, String iterator) {
    for (int tries = 0; ; tries++) {
      try {
        return client.getRecords(r -> r.shardIterator(iterator));
      } catch (ProvisionedThroughputExceededException e) {
        if (tries == 200) {
          throw e;
        }
        Until.passed(Duration.ofMillis(250));
      }
    }
  }

  private void take(RecordReader reader) {
    while (reader.nextBlock()) {
      BlockHeader block = reader.block();
      Resender.Client client =
          clients.get(new Identity(block.producer(), block.epoch(), block.topic()));
      while (reader.nextMessage()) {
        if (client == null || !same(reader, client.message(reader.sequence()))) {
          unrecognised++;
          continue;
        }
        BitSet of = seen.get(client);
        int sequence = Math.toIntExact(reader.sequence());
        duplicated += of.get(sequence) ? 1 : 0;
        of.set(sequence);
      }
    }
  }

  private static boolean same(RecordReader reader, byte[] expected) {
    int from = reader.dataOffset();
    return Arrays.equals(
        reader.array(), from, from + reader.dataLength(), expected, 0, expected.length);
  }

  /** Which of a client's messages are there. */
  BitSet seen(Resender.Client client) {
    return (BitSet) seen.get(client).clone();
  }

  /**
   * The result.
   *
   * @param acknowledged how many of each client's messages were, from its first on
   */
  Tally tally(Map<Resender.Client, Long> acknowledged) {
    long accepted = 0;
    long lost = 0;
    for (Map.Entry<Resender.Client, Long> each : acknowledged.entrySet()) {
      int count = Math.toIntExact(each.getValue());
      accepted += count;
      lost += count - seen.get(each.getKey()).get(0, count).cardinality();
    }
    return new Tally(accepted, lost, duplicated, unrecognised);
  }
}
