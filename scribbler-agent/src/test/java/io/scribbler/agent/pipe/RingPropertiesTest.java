package io.scribbler.agent.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Holds the ring against a list of messages, over any order of adding, sending and losing. */
class RingPropertiesTest {
  private static final int CAPACITY = 200;
  private static final int LONGEST = 90;

  private final Ring ring = new Ring(CAPACITY, LONGEST);
  private final Deque<byte[]> kept = new ArrayDeque<>(); // as they go over the wire
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  private final ByteArrayOutputStream expected = new ByteArrayOutputStream();
  private int nextByte;

  private static byte[] wire(byte[] message) {
    ByteBuffer framed = ByteBuffer.allocate(4 + message.length).putInt(message.length);
    int whole = message.length <= LONGEST ? message.length : Math.min(LONGEST, 64 * 1024);
    return framed.put(message, 0, whole).array(); // zeros after it
  }

  /** Adds a message in pieces; forgets it where it does not fit. */
  private void add(int length, int piece) {
    byte[] message = new byte[length];
    for (int i = 0; i < length; i++) {
      message[i] = (byte) ++nextByte;
    }
    int from = 0;
    do {
      int part = Math.min(piece, length - from);
      if (!ring.fits(part)) {
        ring.abandon();
        return;
      }
      ring.add(message, from, part);
      from += part;
    } while (from < length);
    ring.end();
    kept.addLast(wire(message));
  }

  private void send(int bytes) {
    ByteBuffer out = ByteBuffer.allocate(bytes);
    ring.read(out);
    sent.write(out.array(), 0, out.position());
  }

  private void assertSentIsAPrefix() {
    expected.reset();
    kept.forEach(expected::writeBytes);
    byte[] all = expected.toByteArray();
    byte[] part = sent.toByteArray();
    assertThat(part).isEqualTo(Arrays.copyOf(all, part.length));
  }

  private int wholeOnesSent() {
    int bytes = sent.size();
    int count = 0;
    for (byte[] message : kept) {
      bytes -= message.length;
      if (bytes < 0) {
        break;
      }
      count++;
    }
    return count;
  }

  private void acknowledge(int count) {
    int bytes = 0;
    for (int i = 0; i < count; i++) {
      bytes += kept.removeFirst().length;
    }
    ring.acknowledge(count);
    byte[] rest = Arrays.copyOfRange(sent.toByteArray(), bytes, sent.size());
    sent.reset();
    sent.writeBytes(rest);
  }

  @Property
  void sendsExactlyWhatIsNotAcknowledgedInOrder(
      @ForAll @Size(max = 80) List<@IntRange(max = 3) Integer> steps,
      @ForAll @Size(value = 80) List<@IntRange(max = 150) Integer> sizes) {
    for (int i = 0; i < steps.size(); i++) {
      int size = sizes.get(i);
      switch (steps.get(i)) {
        case 0 -> add(size, 1 + size / 3);
        case 1 -> send(1 + size);
        case 2 -> acknowledge(Math.min(size % 4, wholeOnesSent()));
        default -> {
          ring.rewind();
          sent.reset();
        }
      }
      assertSentIsAPrefix();
      assertThat(ring.sent()).isEqualTo(wholeOnesSent());
      assertThat(ring.messages()).isEqualTo(kept.size());
    }
    ring.rewind();
    sent.reset();
    send(100_000);
    assertSentIsAPrefix();
    assertThat(sent.size()).isEqualTo(expected.size());
    assertThat(ring.hasUnsent()).isFalse();
  }

  @Example
  void everyMessageThatIsKeptWholeFitsAnEmptyRing() {
    for (int i = 0; i < 20; i++) {
      add(CAPACITY - Ring.HEADER > LONGEST ? LONGEST : 0, 7);
      assertThat(ring.messages()).isEqualTo(1);
      send(1000);
      acknowledge(1);
    }
  }

  @Example
  void whatWasNotWhollySentCannotBeAcknowledged() {
    add(10, 10);
    send(13);
    List<String> refused = new ArrayList<>();
    try {
      ring.acknowledge(1);
    } catch (IllegalArgumentException e) {
      refused.add(e.getMessage());
    }
    assertThat(refused).hasSize(1);
  }
}
