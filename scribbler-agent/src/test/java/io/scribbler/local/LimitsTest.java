package io.scribbler.local;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ExpiredIteratorException;
import software.amazon.awssdk.services.kinesis.model.ExpiredNextTokenException;
import software.amazon.awssdk.services.kinesis.model.LimitExceededException;
import software.amazon.awssdk.services.kinesis.model.ProvisionedThroughputExceededException;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/** Rates, bounds and lifetimes, by a clock of the test's own. */
class LimitsTest {
  private static final String LOW = "0";
  private static final String HIGH = HashRange.MAX.toString();
  private final TestClock clock = new TestClock();
  private LocalStream stream;
  private KinesisClient kinesis;

  private void start(LocalOptions options) {
    stream = LocalStream.start(options.withStream("s", 2), clock.timing());
    kinesis = Clients.sync(stream.endpoint());
  }

  @AfterEach
  void stop() {
    kinesis.close();
    stream.close();
  }

  @Test
  void aShardTakesOneMebibyteASecondAndRefusesTheRecordsBeyond() {
    start(LocalOptions.defaults().withThrottle());
    PutRecordsResponse put = put(3, 500_000, LOW);
    assertThat(put.failedRecordCount()).isEqualTo(1);
    assertThat(put.records().get(2).errorCode())
        .isEqualTo("ProvisionedThroughputExceededException");
    assertThat(put.records().get(2).sequenceNumber()).isNull();
    assertThat(put(2, 500_000, HIGH).failedRecordCount()).isZero();
    assertThatExceptionOfType(ProvisionedThroughputExceededException.class)
        .isThrownBy(
            () ->
                kinesis.putRecord(
                    r ->
                        r.streamName("s")
                            .partitionKey("k")
                            .explicitHashKey(LOW)
                            .data(SdkBytes.fromByteArray(new byte[500_000]))));
    clock.pass(Duration.ofSeconds(1));
    assertThat(put(3, 500_000, LOW).failedRecordCount()).isEqualTo(1);
    assertThat(stream.counters().throttledRecords()).isEqualTo(3);
  }

  @Test
  void aShardTakesAThousandRecordsASecond() {
    start(LocalOptions.defaults().withThrottle());
    assertThat(put(500, 1, LOW).failedRecordCount()).isZero();
    assertThat(put(500, 1, LOW).failedRecordCount()).isZero();
    assertThat(put(500, 1, LOW).failedRecordCount()).isEqualTo(500);
    clock.pass(Duration.ofMillis(100));
    assertThat(put(500, 1, LOW).failedRecordCount()).isEqualTo(400);
  }

  @Test
  void aShardIsReadFiveTimesASecondAndTwoMebibytes() {
    start(LocalOptions.defaults().withThrottle());
    String iterator = iterator();
    for (int i = 0; i < 5; i++) {
      kinesis.getRecords(r -> r.shardIterator(iterator));
    }
    assertThatExceptionOfType(ProvisionedThroughputExceededException.class)
        .isThrownBy(() -> kinesis.getRecords(r -> r.shardIterator(iterator)));
    for (int i = 0; i < 4; i++) {
      clock.pass(Duration.ofSeconds(1));
      assertThat(put(2, 500_000, LOW).failedRecordCount()).isZero();
    }
    assertThat(kinesis.getRecords(r -> r.shardIterator(iterator)).records()).hasSize(8);
    clock.pass(Duration.ofMillis(500));
    assertThatExceptionOfType(ProvisionedThroughputExceededException.class)
        .isThrownBy(() -> kinesis.getRecords(r -> r.shardIterator(iterator)));
    clock.pass(Duration.ofSeconds(1));
    kinesis.getRecords(r -> r.shardIterator(iterator));
  }

  @Test
  void iteratorsAndTokensExpireAfterFiveMinutes() {
    start(LocalOptions.defaults());
    String iterator = iterator();
    String token = kinesis.listShards(r -> r.streamName("s").maxResults(1)).nextToken();
    clock.pass(Duration.ofSeconds(299));
    kinesis.getRecords(r -> r.shardIterator(iterator));
    kinesis.listShards(r -> r.nextToken(token));
    clock.pass(Duration.ofSeconds(2));
    assertThatExceptionOfType(ExpiredIteratorException.class)
        .isThrownBy(() -> kinesis.getRecords(r -> r.shardIterator(iterator)));
    assertThatExceptionOfType(ExpiredNextTokenException.class)
        .isThrownBy(() -> kinesis.listShards(r -> r.nextToken(token)));
  }

  @Test
  void recordsExpireAfterTheirRetentionAndClosedShardsWithThem() {
    start(LocalOptions.defaults());
    put(3, 10, LOW);
    kinesis.splitShard(
        r -> r.streamName("s").shardToSplit("shardId-000000000000").newStartingHashKey("9"));
    clock.pass(Duration.ofHours(23));
    assertThat(read()).hasSize(3);
    assertThat(kinesis.listShards(r -> r.streamName("s")).shards()).hasSize(4);
    clock.pass(Duration.ofHours(2));
    assertThat(read()).isEmpty();
    assertThat(kinesis.listShards(r -> r.streamName("s")).shards()).hasSize(3);
  }

  @Test
  void aReadGivesTenMebibytesAtMostAndSaysHowFarBehindItIs() {
    start(LocalOptions.defaults());
    put(10, 1_000_000, LOW);
    clock.pass(Duration.ofSeconds(7));
    put(2, 1_000_000, LOW);
    var page = kinesis.getRecords(r -> r.shardIterator(iterator()));
    assertThat(page.records()).hasSize(10);
    assertThat(page.millisBehindLatest()).isZero();
    var first = kinesis.getRecords(r -> r.shardIterator(iterator()).limit(3));
    assertThat(first.records()).hasSize(3);
    assertThat(first.millisBehindLatest()).isEqualTo(7000);
  }

  @Test
  void memoryIsBoundedAndTheOldestIsForgotten() {
    start(LocalOptions.defaults().withRetention(8 << 20, 1 << 20));
    String newest = "";
    for (int i = 0; i < 15; i++) {
      put(10, 50_000, HIGH);
      newest = put(10, 50_000, LOW).records().get(9).sequenceNumber();
    }
    List<Record> left = read();
    assertThat(left.size()).isBetween(20, 100);
    assertThat(left.get(left.size() - 1).sequenceNumber()).isEqualTo(newest);
  }

  @Test
  void clientsThatDontReadTheirAnswersFillNoMemory() throws IOException {
    start(LocalOptions.defaults());
    put(10, 1_000_000, LOW);
    String body = "{\"ShardIterator\":\"" + iterator() + "\"}";
    String request =
        "POST / HTTP/1.1\r\nX-Amz-Target: Kinesis_20131202.GetRecords\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body;
    List<Socket> deaf = new ArrayList<>();
    boolean full = false;
    while (!full && deaf.size() < 100) {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), stream.port());
      deaf.add(socket);
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      assertThat(socket.getInputStream().read()).isEqualTo('H');
      full = isFull();
    }
    assertThat(full).isTrue();
    for (Socket socket : deaf) {
      socket.close();
    }
    await().until(() -> !isFull());
  }

  private boolean isFull() {
    try {
      kinesis.getRecords(r -> r.shardIterator(iterator()).limit(1));
      return false;
    } catch (ProvisionedThroughputExceededException e) {
      return true;
    }
  }

  @Test
  void aLargerRecordPassesWhereTheStreamAllowsIt() {
    start(LocalOptions.defaults().withMaxRecordBytes(10 << 20));
    assertThat(put(1, 5 << 20, LOW).failedRecordCount()).isZero();
    assertThat(read().get(0).data().asByteArrayUnsafe()).hasSize(5 << 20);
  }

  @Test
  void shardsHaveALimit() {
    start(LocalOptions.defaults());
    assertThatExceptionOfType(LimitExceededException.class)
        .isThrownBy(() -> kinesis.createStream(r -> r.streamName("t").shardCount(999)));
    kinesis.createStream(r -> r.streamName("t").shardCount(998));
    assertThatExceptionOfType(LimitExceededException.class)
        .isThrownBy(
            () ->
                kinesis.splitShard(
                    r ->
                        r.streamName("s")
                            .shardToSplit("shardId-000000000000")
                            .newStartingHashKey("9")));
  }

  @Test
  void aMissingStreamIsMadeOnlyWhenAsked() {
    start(LocalOptions.defaults().withAutoCreate(true));
    kinesis.putRecord(
        r -> r.streamName("new").partitionKey("k").data(SdkBytes.fromUtf8String("x")));
    assertThat(kinesis.listShards(r -> r.streamName("new")).shards()).hasSize(4);
  }

  private PutRecordsResponse put(int count, int size, String hash) {
    PutRecordsRequestEntry entry =
        PutRecordsRequestEntry.builder()
            .partitionKey("k")
            .explicitHashKey(hash)
            .data(SdkBytes.fromByteArrayUnsafe(new byte[size]))
            .build();
    return kinesis.putRecords(r -> r.streamName("s").records(Collections.nCopies(count, entry)));
  }

  private String iterator() {
    return kinesis
        .getShardIterator(
            r ->
                r.streamName("s")
                    .shardId("shardId-000000000000")
                    .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
        .shardIterator();
  }

  private List<Record> read() {
    return kinesis.getRecords(r -> r.shardIterator(iterator())).records();
  }
}
