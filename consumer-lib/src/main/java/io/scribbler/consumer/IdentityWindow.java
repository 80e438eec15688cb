package io.scribbler.consumer;

import io.scribbler.record.BlockHeader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The identities seen lately: for each producer, epoch and topic the intervals of its sequences.
 * Bounded: what was used least lately is forgotten first. Not thread-safe.
 *
 * <p>Stored as
 *
 * <pre>
 *   version 1 (1 byte) · { producer · topic (2 bytes length, UTF-8) · epoch (8)
 *                          · intervals (1) · { first (8) · last (8) } }*      newest first
 * </pre>
 */
final class IdentityWindow {
  private static final int VERSION = 1;
  private static final int ENTRY_BYTES = 160;
  private static final int INTERVAL_BYTES = 16;

  /** Names that are longer together are not stored; readers take them of any length. */
  private static final int LONGEST_NAMES = 4 << 10;

  private record Source(String producer, long epoch, String topic) {
    static Source of(BlockHeader block) {
      return new Source(block.producer(), block.epoch(), block.topic());
    }
  }

  private final int mostBytes;
  // In the order of use, the latest last.
  private final LinkedHashMap<Source, SequenceIntervals> sources =
      new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  IdentityWindow(int mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** The sequences seen of a block's producer, epoch and topic; made when there are none. */
  SequenceIntervals of(BlockHeader block) {
    Source source = Source.of(block);
    SequenceIntervals intervals = sources.get(source);
    if (intervals == null) {
      intervals = new SequenceIntervals();
      sources.put(source, intervals);
      bytes += weight(source, intervals);
    }
    return intervals;
  }

  /** Adds sequences, both ends included. */
  void add(BlockHeader block, long first, long last) {
    SequenceIntervals intervals = of(block);
    int before = intervals.size();
    intervals.add(first, last);
    bytes += (long) INTERVAL_BYTES * (intervals.size() - before);
    Iterator<Map.Entry<Source, SequenceIntervals>> oldest = sources.entrySet().iterator();
    while (bytes > mostBytes && sources.size() > 1) {
      Map.Entry<Source, SequenceIntervals> entry = oldest.next();
      bytes -= weight(entry.getKey(), entry.getValue());
      oldest.remove();
    }
  }

  private static long weight(Source source, SequenceIntervals intervals) {
    return ENTRY_BYTES
        + 2L * (source.producer().length() + source.topic().length())
        + (long) INTERVAL_BYTES * intervals.size();
  }

  /** As bytes, the newest as far as they fit. */
  byte[] store(int most) {
    List<Map.Entry<Source, SequenceIntervals>> all = new ArrayList<>(sources.entrySet());
    ByteArrayOutputStream stored = new ByteArrayOutputStream();
    stored.write(VERSION);
    for (int i = all.size() - 1; i >= 0; i--) {
      Source source = all.get(i).getKey();
      if (source.producer().length() + source.topic().length() > LONGEST_NAMES) {
        continue;
      }
      byte[] entry = store(source, all.get(i).getValue());
      if (stored.size() + entry.length > most) {
        break;
      }
      stored.writeBytes(entry);
    }
    return stored.size() == 1 ? new byte[0] : stored.toByteArray();
  }

  private static byte[] store(Source source, SequenceIntervals intervals) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    try {
      out.writeUTF(source.producer());
      out.writeUTF(source.topic());
      out.writeLong(source.epoch());
      out.writeByte(intervals.size());
      for (int i = 0; i < intervals.size(); i++) {
        out.writeLong(intervals.first(i));
        out.writeLong(intervals.last(i));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // it is written to memory
    }
    return bytes.toByteArray();
  }

  /**
   * Takes over what was stored.
   *
   * @return false if it can't be read: then nothing is taken over, and duplicates of before are not
   *     recognised
   */
  boolean load(byte[] stored) {
    if (stored.length == 0) {
      return true;
    }
    List<Runnable> entries = new ArrayList<>();
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(stored))) {
      if (in.readUnsignedByte() != VERSION) {
        return false;
      }
      while (in.available() > 0) {
        entries.add(load(in));
      }
    } catch (IOException e) {
      return false;
    }
    for (int i = entries.size() - 1; i >= 0; i--) {
      entries.get(i).run();
    }
    return true;
  }

  private Runnable load(DataInputStream in) throws IOException {
    String producer = in.readUTF();
    String topic = in.readUTF();
    long epoch = in.readLong();
    BlockHeader block =
        new BlockHeader(
            topic, producer, epoch, 0, 0, 0, io.scribbler.record.Codec.NONE, 0, Map.of());
    long[] bounds = new long[2 * in.readUnsignedByte()];
    for (int i = 0; i < bounds.length; i++) {
      bounds[i] = in.readLong();
    }
    return () -> {
      for (int i = 0; i < bounds.length; i += 2) {
        add(block, bounds[i], bounds[i + 1]);
      }
    };
  }
}
