package io.scribbler.consumer;

import io.scribbler.record.BlockHeader;
import io.scribbler.record.Message;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * One message in a batch: a view of the batch's memory, good until the handler returns. After that
 * every method throws {@link IllegalStateException}; {@link #copy} makes a message to keep. Any
 * thread may read it meanwhile.
 */
public final class ConsumerMessage {
  private final BatchData batch;
  private final int index;
  private final int generation;

  ConsumerMessage(BatchData batch, int index) {
    this.batch = batch;
    this.index = index;
    this.generation = batch.generation();
  }

  private BatchData batch() {
    if (batch.generation() != generation) {
      throw new IllegalStateException(
          "a message is only good until its handler returns; keep a copy()");
    }
    return batch;
  }

  private BlockHeader block() {
    return batch().origin(index).block();
  }

  /** What it is about; a stream without topics gives its name. */
  public String topic() {
    return block().topic();
  }

  /** What must stay in order together; empty when there is none. */
  public String key() {
    return batch().key(index);
  }

  /** When the agent took it (without identity: when Kinesis did), milliseconds since 1970. */
  public long timeMillis() {
    return batch().timeMillis(index);
  }

  /** Whether it has an identity: producer, epoch, topic and sequence. */
  public boolean identified() {
    return block().identified();
  }

  /** Who made it; null for an unidentified message. */
  public String producer() {
    return block().producer();
  }

  /** The producer's life, an unsigned number; 0 for an unidentified message. */
  public long epoch() {
    return block().epoch();
  }

  /**
   * Counts up by one in the producer's epoch and topic, an unsigned number; -1 when there is none.
   */
  public long sequence() {
    return batch().sequence(index);
  }

  /** Its block's attributes with its own on top; unmodifiable. */
  public Map<String, String> attributes() {
    return batch().attributes(index);
  }

  /** The number of its bytes. */
  public int size() {
    return batch().length(index);
  }

  /** Its bytes, copied. */
  public byte[] data() {
    return batch().copy(index);
  }

  /** Its bytes as they lie in the batch, not copied; read-only, and good as long as this view. */
  public ByteBuffer buffer() {
    BatchData data = batch();
    return ByteBuffer.wrap(data.bytes(), data.offset(index), data.length(index))
        .slice()
        .asReadOnlyBuffer();
  }

  /** Its bytes as UTF-8; what is none becomes U+FFFD. */
  public String text() {
    return batch().text(index);
  }

  /** The stream's name. */
  public String stream() {
    return batch().stream;
  }

  /** The shard that it was read from. */
  public String shardId() {
    return batch().shardId;
  }

  /** Behind this message: what to commit when it and all before it are done. */
  public Position position() {
    return batch().position(index);
  }

  /** When Kinesis took its record, milliseconds since 1970. */
  public long arrivalMillis() {
    return batch().origin(index).record().arrivalMillis();
  }

  /** The record that it came in. */
  StreamRecord record() {
    return batch().origin(index).record();
  }

  /** The partition key of its record. */
  public String partitionKey() {
    return batch().origin(index).record().partitionKey();
  }

  /** The message as a value of its own, which may be kept. */
  public Message copy() {
    return new Message(
        topic(), producer(), epoch(), sequence(), timeMillis(), key(), attributes(), data());
  }

  /** Its identity and place; not its bytes, which may be private. */
  @Override
  public String toString() {
    if (batch.generation() != generation) {
      return "ConsumerMessage[of a batch that is done]";
    }
    return "ConsumerMessage["
        + (identified()
            ? producer()
                + "/"
                + Long.toUnsignedString(epoch())
                + "/"
                + topic()
                + "/"
                + Long.toUnsignedString(sequence())
            : topic() + "/unidentified")
        + ", shard "
        + shardId()
        + ", position "
        + position()
        + ", "
        + size()
        + " bytes]";
  }
}
