package io.scribbler.agent.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.batch.MemoryBudget;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FramerTest implements MessageSink {
  private static final int MIB = 1 << 20;
  private static final int CHUNK = 64 * 1024;

  private final MemoryBudget memory = new MemoryBudget(8 * MIB);
  private final List<String> told = new ArrayList<>();
  private int mostKept;

  @Override
  public boolean message(ByteBuffer buffer, int position, int length) {
    told.add("message " + length);
    return true;
  }

  @Override
  public boolean tooLong(ByteBuffer buffer, int position, int kept, long length) {
    for (int i = 0; i < kept; i++) {
      assertThat(buffer.get(position + i)).isEqualTo((byte) 'x');
    }
    mostKept = Math.max(mostKept, kept);
    told.add("too long " + length);
    return true;
  }

  @Override
  public void emptyLine() {
    told.add("empty");
  }

  @Test
  void lineBeyondTheLimitKeeps64KibInBoundedMemoryAndTheNextLineIsFine() {
    Framer framer = new LineFramer(memory, MIB, true);
    for (int i = 0; i < 1600; i++) {
      feed(framer, "x".repeat(CHUNK));
      assertThat(memory.used()).isLessThanOrEqualTo(MIB);
    }
    feed(framer, "\nnext\n");
    assertThat(told).containsExactly("too long " + 1600 * CHUNK, "message 4");
    assertThat(mostKept).isEqualTo(64 * 1024);
    assertThat(memory.used()).isZero();
  }

  @Test
  void lineBeyondTheLimitWithinOneChunkKeeps64Kib() {
    feed(new LineFramer(memory, 1000, true), "x".repeat(100_000) + "\nnext\n");
    assertThat(told).containsExactly("too long 100000", "message 4");
    assertThat(mostKept).isEqualTo(64 * 1024);
  }

  @Test
  void lineOfExactlyTheLimitPassesHoweverItIsCut() {
    Framer framer = new LineFramer(memory, MIB, true);
    for (int i = 0; i < MIB / CHUNK; i++) {
      feed(framer, "x".repeat(CHUNK));
    }
    feed(framer, "\n");
    assertThat(told).containsExactly("message " + MIB);
  }

  @Test
  void lengthOfFourGibIsPassedOverInBoundedMemory() {
    Framer framer = new LengthFramer(memory, MIB);
    ByteBuffer chunk = ByteBuffer.allocate(MIB).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.fill(chunk.array(), (byte) 'x');
    feed(framer, ByteBuffer.wrap(new byte[] {-1, -1, -1, -1}));
    for (int i = 0; i < 4096; i++) {
      boolean last = i == 4095;
      feed(framer, chunk.clear().limit(last ? MIB - 1 : MIB));
      assertThat(memory.used()).isLessThanOrEqualTo(MIB);
    }
    feed(framer, ByteBuffer.wrap(new byte[] {0, 0, 0, 2, 'o', 'k'}));
    assertThat(told).containsExactly("too long 4294967295", "message 2");
    assertThat(mostKept).isEqualTo(64 * 1024);
    assertThat(memory.used()).isZero();
  }

  @Test
  void emptyLinesAreToldAndEmptyMessagesOfLengthFramingAreMessages() {
    feed(new LineFramer(memory, MIB, true), "\n\na\n\n");
    assertThat(told).containsExactly("empty", "empty", "message 1", "empty");
    told.clear();
    feed(new LengthFramer(memory, MIB), ByteBuffer.wrap(new byte[8]));
    assertThat(told).containsExactly("message 0", "message 0");
  }

  @Test
  void inputThatEndsInsideAMessage() {
    LengthFramer lengths = new LengthFramer(memory, MIB);
    feed(lengths, ByteBuffer.wrap(new byte[] {0, 0, 0, 3, 'a'}));
    assertThat(lengths.end(this)).isTrue();
    assertThat(lengths.incomplete()).isTrue();
    LengthFramer header = new LengthFramer(memory, MIB);
    feed(header, ByteBuffer.wrap(new byte[] {0}));
    assertThat(header.incomplete()).isTrue();
    Framer strict = new LineFramer(memory, MIB, false);
    feed(strict, "half");
    assertThat(strict.end(this)).isTrue();
    assertThat(told).isEmpty();
    Framer lenient = new LineFramer(memory, MIB, true);
    feed(lenient, "half");
    assertThat(lenient.end(this)).isTrue();
    assertThat(told).containsExactly("message 4");
    lengths.release();
    strict.release();
    lenient.release();
    assertThat(memory.used()).isZero();
  }

  @Test
  void unfinishedMessagesTakeNoMoreThanTheirPartOfTheBudget() {
    List<Framer> framers = new ArrayList<>();
    Framer one = new LineFramer(memory, MIB, true);
    while (one.prepare(MIB)) {
      framers.add(one);
      one = new LineFramer(memory, MIB, true);
    }
    assertThat(framers).hasSize(3);
    assertThat(one.prepare(1)).isFalse();
    one.prepareBeyondLimit(MIB);
    assertThat(memory.used()).isEqualTo(4 * MIB);
    framers.forEach(Framer::settle);
    one.release();
    assertThat(memory.used()).isZero();
  }

  private void feed(Framer framer, String text) {
    feed(framer, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private void feed(Framer framer, ByteBuffer chunk) {
    chunk.order(ByteOrder.LITTLE_ENDIAN);
    assertThat(framer.prepare(chunk.remaining())).isTrue();
    assertThat(framer.feed(chunk, this)).isTrue();
    framer.settle();
  }
}
