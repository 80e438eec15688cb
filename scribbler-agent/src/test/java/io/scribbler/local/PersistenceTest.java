package io.scribbler.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ScalingType;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/** What a directory gives back. */
class PersistenceTest {
  private static final String SHARD = "shardId-000000000000";

  @TempDir Path dir;
  private final TestClock clock = new TestClock();
  private LocalOptions options;
  private LocalStream stream;
  private KinesisClient kinesis;

  @BeforeEach
  void start() {
    options = LocalOptions.defaults().withDir(dir).withStream("s", 1);
    open();
  }

  private void open() {
    stream = LocalStream.start(options, clock.timing());
    kinesis = Clients.sync(stream.endpoint());
  }

  @AfterEach
  void stop() {
    kinesis.close();
    stream.close();
  }

  private void restart() {
    stop();
    open();
  }

  @Test
  void givesBackStreamsShardsConsumersAndRecords() {
    put(0, 100);
    kinesis.createStream(r -> r.streamName("t").shardCount(2).tags(Map.of("Data", "v")));
    String arn =
        kinesis
            .describeStreamSummary(r -> r.streamName("t"))
            .streamDescriptionSummary()
            .streamARN();
    kinesis.registerStreamConsumer(r -> r.streamARN(arn).consumerName("c"));
    kinesis.increaseStreamRetentionPeriod(r -> r.streamName("t").retentionPeriodHours(72));
    kinesis.updateShardCount(
        r -> r.streamName("t").targetShardCount(4).scalingType(ScalingType.UNIFORM_SCALING));
    List<Record> before = read();
    var shards = kinesis.listShards(r -> r.streamName("t")).shards();
    var consumers = kinesis.listStreamConsumers(r -> r.streamARN(arn)).consumers();

    restart();

    assertThat(read()).isEqualTo(before).hasSize(100);
    assertThat(kinesis.listShards(r -> r.streamName("t")).shards()).isEqualTo(shards).hasSize(6);
    assertThat(kinesis.listStreamConsumers(r -> r.streamARN(arn)).consumers()).isEqualTo(consumers);
    var tags = kinesis.listTagsForStream(r -> r.streamName("t")).tags();
    assertThat(tags.get(0).value()).isEqualTo("v");
    put(100, 1);
    assertThat(number(read().get(100))).isGreaterThan(number(before.get(99)));
  }

  @Test
  void forgetsDeletedStreams() throws IOException {
    put(0, 10);
    kinesis.deleteStream(r -> r.streamName("s"));
    options = LocalOptions.defaults().withDir(dir);
    restart();
    assertThat(kinesis.listStreams().streamNames()).isEmpty();
    try (var files = Files.list(dir)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("lock", "state.json");
    }
  }

  @Test
  void cutsOffATornTail() throws IOException {
    put(0, 10);
    List<Record> before = read();
    stop();
    try (RandomAccessFile file = new RandomAccessFile(segment().toFile(), "rw")) {
      file.setLength(file.length() - 3);
    }
    long torn = Files.size(segment());
    open();
    assertThat(Files.size(segment())).isLessThan(torn);
    assertThat(read()).isEqualTo(before.subList(0, 9));
    put(10, 1);
    restart();
    assertThat(read()).hasSize(10);
  }

  @Test
  void cutsOffATailOfNoise() throws IOException {
    put(0, 10);
    List<Record> before = read();
    stop();
    try (RandomAccessFile file = new RandomAccessFile(segment().toFile(), "rw")) {
      file.seek(file.length());
      byte[] noise = new byte[100];
      Arrays.fill(noise, (byte) 0x7f);
      file.write(noise);
    }
    open();
    assertThat(read()).isEqualTo(before);
  }

  @Test
  void refusesADirectoryInUse() {
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> LocalStream.start(options))
        .withMessageContaining("in use by another process");
    put(0, 1);
  }

  @Test
  void neverGivesASequenceNumberTwiceAfterAllRecordsExpired() {
    put(0, 10);
    BigInteger last = number(read().get(9));
    clock.pass(Duration.ofHours(25));
    assertThat(read()).isEmpty();
    restart();
    put(10, 1);
    assertThat(read()).hasSize(1);
    assertThat(number(read().get(0))).isGreaterThan(last);
  }

  @Test
  void keepsWithinItsDiskAndForgetsTheOldest() throws IOException {
    options = options.withRetention(16 << 20, 100 << 20);
    restart();
    for (int i = 0; i < 130; i++) {
      putOne(i, 1_000_000);
    }
    List<Record> left = read();
    assertThat(left.size()).isBetween(30, 110);
    assertThat(left.get(left.size() - 1).partitionKey()).isEqualTo("key-129");
    try (var files = Files.list(segment().getParent())) {
      assertThat(files.mapToLong(f -> f.toFile().length()).sum()).isLessThan(110 << 20);
    }
    restart();
    assertThat(read()).isEqualTo(left);
  }

  private Path segment() throws IOException {
    try (var files = Files.walk(dir)) {
      return files.filter(f -> f.toString().endsWith(".log")).findFirst().orElseThrow();
    }
  }

  private void put(int from, int count) {
    for (int i = from; i < from + count; i++) {
      putOne(i, i);
    }
  }

  private void putOne(int i, int size) {
    kinesis.putRecord(
        r ->
            r.streamName("s")
                .partitionKey("key-" + i)
                .data(SdkBytes.fromByteArrayUnsafe(new byte[size])));
  }

  private static BigInteger number(Record record) {
    return new BigInteger(record.sequenceNumber());
  }

  private List<Record> read() {
    String iterator =
        kinesis
            .getShardIterator(
                r ->
                    r.streamName("s")
                        .shardId(SHARD)
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
            .shardIterator();
    List<Record> records = new ArrayList<>();
    while (true) {
      String from = iterator;
      var page = kinesis.getRecords(r -> r.shardIterator(from));
      if (page.records().isEmpty()) {
        return records;
      }
      records.addAll(page.records());
      iterator = page.nextShardIterator();
    }
  }
}
