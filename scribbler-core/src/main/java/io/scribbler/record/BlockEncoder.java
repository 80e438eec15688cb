package io.scribbler.record;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Makes sealed blocks out of messages: compresses them and writes the header in front.
 *
 * <p>What it returns is a whole field {@code blocks} of a {@code Record}, so that a record is four
 * bytes of magic and version and then such blocks, one after the other. {@link BlockView} draws the
 * layout; fields stand in the order of their numbers, and those that are zero or empty are left
 * out.
 *
 * <p>It keeps a compressor and a scratch buffer of the size of the largest block: one encoder a
 * thread, closed when done. It isn't thread-safe.
 */
public final class BlockEncoder implements AutoCloseable {
  /** The level of zstd that an encoder uses unless told: fast, and enough for logs. */
  public static final int DEFAULT_ZSTD_LEVEL = 1;

  /** The level of gzip that an encoder uses unless told: the fastest. */
  public static final int DEFAULT_GZIP_LEVEL = 1;

  // Owned by the thread that encodes.
  private final Codec codec;
  private final BodyEncoder body;
  private final CRC32C crc = new CRC32C();

  /** An encoder with the codec's default level. */
  public BlockEncoder(Codec codec) {
    this(codec, codec == Codec.GZIP ? DEFAULT_GZIP_LEVEL : DEFAULT_ZSTD_LEVEL);
  }

  /**
   * An encoder.
   *
   * @param level zstd: -7 to 22; gzip: 0 to 9; without meaning for {@link Codec#NONE}
   * @throws IllegalArgumentException if the codec has no such level
   */
  public BlockEncoder(Codec codec, int level) {
    this.codec = codec;
    this.body = BodyEncoder.of(codec, level);
  }

  /**
   * Encodes the messages of a buffer, which stays as it is.
   *
   * @param epoch an unsigned number
   * @param firstSequence the sequence of the first message, an unsigned number
   * @param baseTimeMillis the earliest time of the messages, milliseconds since 1970
   * @param attributes of all messages, at most 1,024; written in the map's order
   * @param messages at least one
   * @return one field {@code blocks}: tag, length, block
   */
  public byte[] encode(
      String topic,
      String producer,
      long epoch,
      long firstSequence,
      long baseTimeMillis,
      Map<String, String> attributes,
      MessageBuffer messages) {
    return encode(
        topic,
        producer,
        epoch,
        firstSequence,
        baseTimeMillis,
        attributes,
        messages.array(),
        0,
        messages.size(),
        messages.count());
  }

  /** Like the other {@code encode}, of {@code count} messages encoded into a part of an array. */
  public byte[] encode(
      String topic,
      String producer,
      long epoch,
      long firstSequence,
      long baseTimeMillis,
      Map<String, String> attributes,
      byte[] raw,
      int offset,
      int length,
      int count) {
    check(topic, attributes, length, count);
    body.encode(raw, offset, length);
    crc.reset();
    crc.update(body.array, body.offset, body.length);
    byte[] topicBytes = topic.getBytes(UTF_8);
    byte[] producerBytes = producer.getBytes(UTF_8);
    byte[] attributeBytes = AttributeEncoder.encode(attributes, BlockView.ATTRIBUTES);
    int size =
        optionalBytes(producerBytes.length)
            + ProtoSize.bytesField(topicBytes.length)
            + (epoch == 0 ? 0 : 9)
            + optionalVarint(firstSequence)
            + optionalVarint(count)
            + optionalVarint(baseTimeMillis)
            + optionalVarint(codec.number())
            + optionalVarint(length)
            + (crc.getValue() == 0 ? 0 : 5)
            + optionalBytes(body.length)
            + attributeBytes.length;
    byte[] out = new byte[Math.addExact(1 + ProtoSize.varint32(size), size)];
    int at = ProtoSize.putPrefix(out, 0, FirehoseCursor.BLOCKS, size);
    at = ProtoSize.putBytes(out, at, BlockView.TOPIC, topicBytes, 0, topicBytes.length);
    at = putBytes(out, at, BlockView.PRODUCER, producerBytes, 0, producerBytes.length);
    if (epoch != 0) {
      out[at++] = (byte) BlockView.EPOCH;
      at = ProtoSize.putFixed64(out, at, epoch);
    }
    at = putVarint(out, at, BlockView.FIRST_SEQUENCE, firstSequence);
    at = putVarint(out, at, BlockView.COUNT, count);
    at = putVarint(out, at, BlockView.BASE_TIME, baseTimeMillis);
    at = putVarint(out, at, BlockView.CODEC, codec.number());
    at = putVarint(out, at, BlockView.RAW_SIZE, length);
    if (crc.getValue() != 0) {
      out[at++] = (byte) BlockView.CRC32C;
      at = ProtoSize.putFixed32(out, at, (int) crc.getValue());
    }
    at = putBytes(out, at, BlockView.BODY, body.array, body.offset, body.length);
    System.arraycopy(attributeBytes, 0, out, at, attributeBytes.length);
    return out;
  }

  private static void check(String topic, Map<String, String> attributes, int length, int count) {
    if (topic.isEmpty()) {
      throw new IllegalArgumentException("a block needs a topic");
    }
    if (attributes.size() > Limits.MAX_ATTRIBUTES) {
      throw new IllegalArgumentException(
          attributes.size() + " attributes, at most " + Limits.MAX_ATTRIBUTES);
    }
    if (length > Limits.MAX_RAW_SIZE || count < 1 || count > length / Limits.MIN_MESSAGE_SIZE) {
      throw new IllegalArgumentException(
          "a block can't have " + count + " messages in " + length + " bytes");
    }
  }

  private static int optionalBytes(int length) {
    return length == 0 ? 0 : ProtoSize.bytesField(length);
  }

  private static int optionalVarint(long value) {
    return value == 0 ? 0 : 1 + ProtoSize.varint64(value);
  }

  private static int putVarint(byte[] out, int at, int tag, long value) {
    if (value == 0) {
      return at;
    }
    out[at] = (byte) tag;
    return ProtoSize.putVarint64(out, at + 1, value);
  }

  private static int putBytes(byte[] out, int at, int tag, byte[] value, int offset, int length) {
    return length == 0 ? at : ProtoSize.putBytes(out, at, tag, value, offset, length);
  }

  /** Lets go of native memory; it can't encode after that. */
  @Override
  public void close() {
    body.close();
  }
}
