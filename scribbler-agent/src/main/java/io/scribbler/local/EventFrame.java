package io.scribbler.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;
import java.util.zip.CRC32;

/**
 * One message of an event stream.
 *
 * <pre>
 *  0   4  length of the whole message
 *  4   4  length h of the headers
 *  8   4  CRC32 of the eight bytes before
 * 12   h  headers, each: length of the name (1), name, type 7 for text (1), length (2), text
 *         payload
 *      4  CRC32 of everything before
 * </pre>
 */
final class EventFrame {
  private static final byte TEXT = 7;

  private final WireFormat format;
  private final byte[] headers;

  /** A frame for events of one type, with payloads of one format. */
  EventFrame(String eventType, WireFormat format) {
    this.format = format;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    header(out, ":event-type", eventType);
    header(out, ":content-type", format.contentType());
    header(out, ":message-type", "event");
    headers = out.toByteArray();
  }

  /** Encodes a message whose payload's structure is written by the caller. */
  ByteBuf encode(ByteBufAllocator allocator, Consumer<Answer> payload) {
    ByteBuf frame = allocator.buffer(512);
    frame.writeZero(12).writeBytes(headers);
    try (Answer out = new Answer(format, new ByteBufOutputStream(frame))) {
      payload.accept(out);
    }
    frame.setInt(0, frame.readableBytes() + 4).setInt(4, headers.length);
    frame.setInt(8, crc(frame, 8));
    return frame.writeInt(crc(frame, frame.readableBytes()));
  }

  private static int crc(ByteBuf frame, int length) {
    CRC32 crc = new CRC32();
    crc.update(frame.nioBuffer(frame.readerIndex(), length));
    return (int) crc.getValue();
  }

  private static void header(ByteArrayOutputStream out, String name, String value) {
    byte[] text = value.getBytes(UTF_8);
    out.write(name.length());
    out.writeBytes(name.getBytes(UTF_8));
    out.write(TEXT);
    out.write(text.length >>> 8);
    out.write(text.length);
    out.writeBytes(text);
  }
}
