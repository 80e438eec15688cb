package io.scribbler.agent.spool;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An element as bytes: {@link ElementPrefix}, the header's fields one after the other, the record.
 * A string is its length in two bytes and its UTF-8.
 *
 * <pre>
 * stream, region, endpoint, partition key, lane's hash key: strings
 * 1 byte: hashed by key     8 bytes: accepted, milliseconds since 1970     4 bytes: number of blocks
 * each block: topic, producer: strings (a length of FFFF: the producer of the block before)
 *             8 bytes epoch, 8 first sequence, 4 count, 8 bytes of messages
 * </pre>
 *
 * <p>It encodes into one buffer, which grows to the largest element so far (at most 15 MiB).
 */
final class ElementCodec {
  private static final int MAX_STRING = 8192;
  private static final int SAME_PRODUCER = 0xFFFF;
  private static final int FIXED = 1 + 8 + 4;
  private static final int FIXED_BLOCK = 8 + 8 + 4 + 8;

  // Owned by the thread that appends.
  private byte[] buffer = new byte[4096];

  /**
   * Bytes that an element takes in its segment, Tape's length included.
   *
   * @throws IllegalArgumentException if it is larger than an element may be
   */
  static int size(ElementHeader header, int dataLength) {
    if (dataLength > ElementPrefix.MAX_DATA) {
      throw new IllegalArgumentException("a record of " + dataLength + " bytes");
    }
    return Integer.BYTES + ElementPrefix.SIZE + headerLength(header) + dataLength;
  }

  private static int headerLength(ElementHeader header) {
    Destination destination = header.destination();
    long length =
        FIXED
            + size(destination.stream())
            + size(destination.region())
            + size(destination.endpoint())
            + size(header.partitionKey())
            + size(header.laneHashKey());
    String producer = null;
    for (BlockHeader block : header.blocks()) {
      length += size(block.topic()) + FIXED_BLOCK;
      length += block.producer().equals(producer) ? Short.BYTES : size(block.producer());
      producer = block.producer();
    }
    if (length > ElementPrefix.MAX_HEADER) {
      throw new IllegalArgumentException("a record's header of " + length + " bytes");
    }
    return (int) length;
  }

  private static long size(String text) {
    // Most are ASCII, whose length is known without encoding them.
    int length = text.length();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        length = text.getBytes(StandardCharsets.UTF_8).length;
        break;
      }
    }
    if (length > MAX_STRING) {
      throw new IllegalArgumentException("a text of " + length + " bytes");
    }
    return Short.BYTES + (long) length;
  }

  /**
   * Encodes an element, to be found in {@link #buffer} until the next call.
   *
   * @return its bytes, Tape's length left out
   * @throws IllegalArgumentException if it is larger than an element may be
   */
  int encode(ElementHeader header, byte[] data, int index, int offset) {
    int length = size(header, data.length) - Integer.BYTES;
    int headerLength = length - ElementPrefix.SIZE - data.length;
    if (buffer.length < length) {
      buffer = new byte[length];
    }
    ByteBuffer to = ByteBuffer.wrap(buffer);
    to.position(ElementPrefix.SIZE);
    write(to, header);
    to.put(data);
    new ElementPrefix(headerLength, 0, data.length, ElementPrefix.checksum(data), index, offset)
        .write(to, 0);
    to.putInt(12, ElementPrefix.checksum(to, 0, headerLength));
    return length;
  }

  byte[] buffer() {
    return buffer;
  }

  private static void write(ByteBuffer to, ElementHeader header) {
    write(to, header.destination().stream());
    write(to, header.destination().region());
    write(to, header.destination().endpoint());
    write(to, header.partitionKey());
    write(to, header.laneHashKey());
    to.put((byte) (header.hashedByKey() ? 1 : 0));
    to.putLong(header.acceptedMillis());
    to.putInt(header.blocks().size());
    String producer = null;
    for (BlockHeader block : header.blocks()) {
      write(to, block.topic());
      if (block.producer().equals(producer)) {
        to.putShort((short) SAME_PRODUCER);
      } else {
        write(to, block.producer());
      }
      producer = block.producer();
      to.putLong(block.epoch());
      to.putLong(block.firstSequence());
      to.putInt(block.count());
      to.putLong(block.dataBytes());
    }
  }

  private static void write(ByteBuffer to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    to.putShort((short) bytes.length);
    to.put(bytes);
  }

  /**
   * Reads a header's fields, whose checksum was found right.
   *
   * @param from from position to limit
   * @throws CorruptElementException if they are no header
   */
  static ElementHeader decodeHeader(ByteBuffer from) throws CorruptElementException {
    try {
      Destination destination = new Destination(text(from), text(from), text(from));
      String partitionKey = text(from);
      String laneHashKey = text(from);
      boolean hashedByKey = from.get() != 0;
      long acceptedMillis = from.getLong();
      List<BlockHeader> blocks = blocks(from);
      if (from.hasRemaining()) {
        throw new CorruptElementException("a header with more than its fields");
      }
      return new ElementHeader(
          destination, partitionKey, laneHashKey, hashedByKey, acceptedMillis, blocks);
    } catch (BufferUnderflowException | IllegalArgumentException | CharacterCodingException e) {
      throw new CorruptElementException("no header: " + e, e);
    }
  }

  private static List<BlockHeader> blocks(ByteBuffer from) throws CharacterCodingException {
    int count = from.getInt();
    if (count < 0 || count > from.remaining() / FIXED_BLOCK) {
      throw new IllegalArgumentException(count + " blocks");
    }
    List<BlockHeader> blocks = new ArrayList<>(count);
    String producer = null;
    for (int i = 0; i < count; i++) {
      String topic = text(from);
      int length = Short.toUnsignedInt(from.getShort());
      if (length != SAME_PRODUCER) {
        producer = text(from, length);
      } else if (producer == null) {
        throw new IllegalArgumentException("the first block has no producer");
      }
      long epoch = from.getLong();
      long firstSequence = from.getLong();
      blocks.add(
          new BlockHeader(topic, producer, epoch, firstSequence, from.getInt(), from.getLong()));
    }
    return blocks;
  }

  private static String text(ByteBuffer from) throws CharacterCodingException {
    return text(from, Short.toUnsignedInt(from.getShort()));
  }

  private static String text(ByteBuffer from, int length) throws CharacterCodingException {
    if (length > MAX_STRING || length > from.remaining()) {
      throw new IllegalArgumentException("a text of " + length + " bytes");
    }
    ByteBuffer bytes = from.slice(from.position(), length);
    from.position(from.position() + length);
    return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
  }
}
