package io.scribbler.e2e;

import static io.scribbler.e2e.Patience.await;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.kinesis.producer.KinesisProducer;
import software.amazon.kinesis.producer.KinesisProducerConfiguration;
import software.amazon.kinesis.producer.UserRecordResult;

/**
 * Amazon's own producer: aggregates in a native process what it is given, and holds it until it is
 * flushed. For one thread.
 */
final class KplProducer implements AutoCloseable {
  private static final long NEVER_BY_TIME = TimeUnit.MINUTES.toMillis(5);

  private final KinesisProducer producer;
  private final String stream;
  private final Map<String, ListenableFuture<UserRecordResult>> results = new LinkedHashMap<>();

  private KplProducer(KinesisProducer producer, String stream) {
    this.producer = producer;
    this.stream = stream;
  }

  /** Starts it. */
  static KplProducer start(KinesisLocal kinesis, String stream, Path dir) {
    KinesisProducerConfiguration configuration =
        new KinesisProducerConfiguration()
            .setRegion("us-east-1")
            .setKinesisEndpoint("127.0.0.1")
            .setKinesisPort(kinesis.tlsPort())
            .setStsEndpoint("127.0.0.1")
            .setStsPort(kinesis.tlsPort())
            .setVerifyCertificate(false)
            .setCredentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("a", "b")))
            .setMetricsLevel("none")
            .setLogLevel("warning")
            .setAggregationMaxSize(1 << 20)
            .setRecordMaxBufferedTime(NEVER_BY_TIME)
            .setRecordTtl(2 * NEVER_BY_TIME)
            .setTempDirectory(dir.toString());
    return new KplProducer(new KinesisProducer(configuration), stream);
  }

  /** Gives it a message; the text is different from all before. */
  void put(String key, String text) {
    results.put(text, producer.addUserRecord(stream, key, ByteBuffer.wrap(text.getBytes(UTF_8))));
  }

  /** How many messages Kinesis doesn't have yet. */
  long held() {
    return results.values().stream().filter(result -> !result.isDone()).count();
  }

  /**
   * Has it send what it holds, and waits until Kinesis has it. A flush takes only what has got as
   * far as the aggregates, and what went to a wrong shard is held again: so it takes several.
   */
  void flush() {
    await("KPL's messages")
        .until(
            () -> {
              producer.flush(stream);
              return held() == 0;
            });
  }

  /** What became of each message, after a flush. */
  Map<String, Sent> sent() throws ExecutionException {
    Map<String, Sent> sent = new LinkedHashMap<>();
    for (Map.Entry<String, ListenableFuture<UserRecordResult>> entry : results.entrySet()) {
      sent.put(entry.getKey(), Sent.of(Futures.getDone(entry.getValue())));
    }
    return sent;
  }

  /**
   * What became of a message.
   *
   * @param tried how often it was sent
   * @param taken how often Kinesis is known to have taken it; of other attempts nobody knows
   * @param sequenceNumber of the record that it is in at last
   */
  record Sent(int tried, int taken, String sequenceNumber) {
    private static Sent of(UserRecordResult result) {
      // What Kinesis took is a failure for KPL too, when the shard is not that of the key.
      long taken =
          result.getAttempts().stream()
              .filter(a -> a.isSuccessful() || a.getErrorCode().equals("Wrong Shard"))
              .count();
      return new Sent(result.getAttempts().size(), (int) taken, result.getSequenceNumber());
    }
  }

  @Override
  public void close() {
    producer.destroy();
  }
}
