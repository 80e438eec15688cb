package io.scribbler.consumer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.scribbler.consumer.reading.KinesisConnection;
import io.scribbler.net.StreamName;
import java.io.IOException;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordRequest;

/**
 * Puts dead letters into another stream, each as a record in the {@code firehose} format with one
 * message.
 *
 * <ul>
 *   <li>A message keeps its topic, identity, time, key and attributes, and all its bytes, also when
 *       the handler gets only some fields of it. One without identity gets one made of its place,
 *       so that readers don't take two letters for the same: producer {@code
 *       STREAM/SHARD/SEQUENCE_NUMBER}, epoch 0, and as sequence its index in the record.
 *   <li>A record that can't be read becomes one message with all its bytes, topic {@value
 *       #UNREADABLE_TOPIC}, the time of its arrival, and an identity made of its place.
 *   <li>Attributes tell why and from where: {@value #CAUSE} (one line, at most 2,000 characters),
 *       {@value #STREAM}, {@value #SHARD} and {@value #POSITION}, which is behind the letter. Those
 *       of an earlier parking give way. A block has room for 1,024 attributes; how many of the
 *       message's own had none is told by {@value #LEFT_OUT}.
 * </ul>
 *
 * <p>The partition key is the message's key, else that of the original record. Each {@link #park}
 * is one PutRecord, not tried again here; after a failure in which Kinesis took the record all the
 * same, the letter is there twice, with the same identity.
 *
 * <p>Thread-safe.
 */
public final class DeadLetterStream implements DeadLetterHandler, AutoCloseable {
  /** The topic of records that can't be read. */
  public static final String UNREADABLE_TOPIC = "_dead-letter";

  /** The attribute that says what was thrown, or why the record can't be read. */
  public static final String CAUSE = "dead-letter-cause";

  /** The attribute with the stream that the letter comes from. */
  public static final String STREAM = "dead-letter-stream";

  /** The attribute with the shard that the letter comes from. */
  public static final String SHARD = "dead-letter-shard";

  /** The attribute with the letter's {@link Position}. */
  public static final String POSITION = "dead-letter-position";

  /** The attribute with the number of attributes that had no room; there when it isn't 0. */
  public static final String LEFT_OUT = "dead-letter-attributes-left-out";

  private static final int MIB = 1 << 20;
  private static final int MOST_BYTES = 10 * MIB;

  private final StreamName stream;
  private final KinesisClient client;

  /**
   * Dead letters into a stream, with credentials that are found as every AWS tool finds them.
   * Nothing is sent yet.
   *
   * @param location not a stream whose letters come here
   * @throws StreamException if there is no region, or the environment's settings for AWS are wrong
   */
  public DeadLetterStream(StreamLocation location) {
    this(location, Optional.empty());
  }

  /**
   * Like the other constructor, with credentials that may kinesis:PutRecord, and
   * kms:GenerateDataKey for an encrypted stream, or assume the location's role.
   */
  public DeadLetterStream(StreamLocation location, AwsCredentialsProvider credentials) {
    this(location, Optional.of(credentials));
  }

  private DeadLetterStream(StreamLocation location, Optional<AwsCredentialsProvider> credentials) {
    stream = location.stream();
    client = KinesisConnection.open(location, credentials, System.getenv());
  }

  /**
   * Puts a letter into the stream.
   *
   * @throws IOException if the stream doesn't take it, in one line
   */
  @Override
  public void park(DeadLetter letter) throws IOException {
    if (letter.stream().equals(stream.name())) {
      throw new IOException(
          "dead letters of the stream "
              + stream.name()
              + " would come back if they went into it; name another stream for them");
    }
    byte[] data = LetterRecord.of(letter);
    String partitionKey = LetterRecord.partitionKey(letter);
    int size = data.length + partitionKey.getBytes(UTF_8).length;
    if (size > MOST_BYTES) {
      throw new IOException(failed("no record can be so large", size));
    }
    try {
      client.putRecord(request(partitionKey, data));
    } catch (SdkException e) {
      throw new IOException(failed(CauseText.of(e), size), e);
    }
  }

  private PutRecordRequest request(String partitionKey, byte[] data) {
    PutRecordRequest.Builder request =
        PutRecordRequest.builder()
            .partitionKey(partitionKey)
            .data(SdkBytes.fromByteArrayUnsafe(data));
    if (stream.arn() == null) {
      request.streamName(stream.name());
    } else {
      request.streamARN(stream.arn());
    }
    return request.build();
  }

  private String failed(String why, int size) {
    String failed = "a dead letter can't be put into the stream " + stream.name() + ": " + why;
    return size <= MIB
        ? failed
        : failed
            + "; its record has "
            + size
            + " bytes and a stream takes 1 MiB, or up to 10 MiB if its MaxRecordSize says so: raise"
            + " that, or park into a DeadLetterFile";
  }

  /** Closes the connections. */
  @Override
  public void close() {
    client.close();
  }
}
