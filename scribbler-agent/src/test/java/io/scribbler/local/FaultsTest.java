package io.scribbler.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.KinesisException;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;

/** What goes wrong on purpose, as a client sees it. */
class FaultsTest {
  private LocalStream stream;
  private KinesisClient kinesis;

  @BeforeEach
  void start() {
    start(1);
  }

  private void start(long seed) {
    stream = LocalStream.start(LocalOptions.defaults().withStream("s", 2).withSeed(seed));
    kinesis = Clients.sync(stream.endpoint());
  }

  @AfterEach
  void stop() {
    kinesis.close();
    stream.close();
  }

  @Test
  void aConnectionClosedBeforeReadingAppliesNothing() {
    stream.faults().dropBeforeReading(1);
    assertThatExceptionOfType(SdkClientException.class).isThrownBy(this::put);
    assertThat(stream.counters().acceptedRecords()).isZero();
    assertThat(stream.counters().droppedConnections()).isPositive();
    stream.faults().reset();
    put();
  }

  @Test
  void aConnectionClosedAfterApplyingHidesThatItWas() {
    stream.faults().dropAfterApplying(1);
    assertThatExceptionOfType(SdkClientException.class).isThrownBy(this::put);
    assertThat(stream.counters().acceptedRecords()).isPositive();
  }

  @Test
  void oneStuckShardStopsNoOther() {
    stream.faults().stuckShard("shardId-000000000001");
    PutRecordsResponse put = putMany(200);
    assertThat(put.failedRecordCount()).isBetween(60, 140);
    assertThat(put.records())
        .allMatch(
            r ->
                r.errorCode() == null
                    ? r.shardId().equals("shardId-000000000000")
                    : r.errorCode().equals("ProvisionedThroughputExceededException"));
  }

  @Test
  void delaysEachRequest() {
    stream.faults().delay(Duration.ofMillis(300));
    long start = System.nanoTime();
    put();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(299));
  }

  @Test
  void refusesConnectionsWhileItIsDownAndKeepsItsPortAndRecords() {
    put();
    int port = stream.port();
    stream.goDown();
    assertThatExceptionOfType(SdkClientException.class).isThrownBy(this::put);
    stream.comeUp();
    assertThat(stream.port()).isEqualTo(port);
    put();
    assertThat(stream.counters().acceptedRecords()).isEqualTo(2);
  }

  @Test
  void aClockThatIsAheadRefusesSignaturesUntilTheClientCorrectsItsOwn() {
    stream.faults().clockAhead(Duration.ofHours(-2));
    assertThatExceptionOfType(KinesisException.class)
        .isThrownBy(this::put)
        .matches(e -> e.awsErrorDetails().errorCode().equals("InvalidSignatureException"))
        .matches(e -> e.statusCode() == 400);
    try (KinesisClient correcting = Clients.retrying(stream.endpoint())) {
      correcting.listStreams();
    }
  }

  @Test
  void isUnavailableWithItsStatus() {
    stream.faults().unavailableRequests(1);
    assertThatExceptionOfType(KinesisException.class)
        .isThrownBy(this::put)
        .matches(e -> e.statusCode() == 503);
  }

  @Test
  void theSameSeedFailsTheSameRecords() {
    stream.faults().failRecords(0.3).throttleRecords(0.3);
    List<String> first = codes();
    stop();
    start(1);
    stream.faults().failRecords(0.3).throttleRecords(0.3);
    assertThat(codes()).isEqualTo(first).contains("InternalFailure").contains("stored");
    stop();
    start(2);
    stream.faults().failRecords(0.3).throttleRecords(0.3);
    assertThat(codes()).isNotEqualTo(first);
  }

  @Test
  void aShareIsBetweenNothingAndAll() {
    assertThatIllegalArgumentException().isThrownBy(() -> stream.faults().failRecords(1.1));
    assertThatIllegalArgumentException().isThrownBy(() -> stream.faults().failRecords(Double.NaN));
  }

  private List<String> codes() {
    return putMany(100).records().stream()
        .map(r -> r.errorCode() == null ? "stored" : r.errorCode())
        .toList();
  }

  private void put() {
    kinesis.putRecord(r -> r.streamName("s").partitionKey("k").data(SdkBytes.fromUtf8String("x")));
  }

  private PutRecordsResponse putMany(int count) {
    List<PutRecordsRequestEntry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(
          PutRecordsRequestEntry.builder()
              .partitionKey("k" + i)
              .data(SdkBytes.fromUtf8String("x"))
              .build());
    }
    return kinesis.putRecords(r -> r.streamName("s").records(entries));
  }
}
