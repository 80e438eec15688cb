package io.scribbler.agent.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.batch.MemoryBudget;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Any bytes, cut anywhere, with memory refused at any point, against splitters that see it all. */
class FramerPropertiesTest {
  private static final int MAX = 12;
  private static final long MEMORY = 8 << 20;

  /** What a sink was told, as text; refuses as a seeded random says. */
  private static final class Told implements MessageSink {
    final List<String> all = new ArrayList<>();
    private final Random refusals;
    private final int percent;

    Told(long seed, int percent) {
      this.refusals = new Random(seed);
      this.percent = percent;
    }

    @Override
    public boolean message(ByteBuffer buffer, int position, int length) {
      if (refusals.nextInt(100) < percent) {
        return false;
      }
      all.add("message " + text(buffer, position, length));
      return true;
    }

    @Override
    public boolean tooLong(ByteBuffer buffer, int position, int kept, long length) {
      if (refusals.nextInt(100) < percent) {
        return false;
      }
      all.add("too long " + length + " " + text(buffer, position, kept));
      return true;
    }

    @Override
    public void emptyLine() {
      all.add("empty");
    }
  }

  private static String text(ByteBuffer buffer, int position, int length) {
    byte[] bytes = new byte[length];
    buffer.get(position, bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Provide
  Arbitrary<byte[]> lines() {
    return Arbitraries.bytes()
        .map(b -> b % 5 == 0 ? (byte) '\n' : b)
        .array(byte[].class)
        .ofMaxSize(200);
  }

  @Property
  void linesAreThoseOfANaiveSplitter(
      @ForAll("lines") byte[] input,
      @ForAll long seed,
      @ForAll @IntRange(max = 90) int refused,
      @ForAll boolean keepUnterminated) {
    List<String> expected = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < input.length; i++) {
      if (input[i] == '\n') {
        expected.add(i == from ? "empty" : naive(input, from, i));
        from = i + 1;
      }
    }
    if (keepUnterminated && from < input.length) {
      expected.add(naive(input, from, input.length));
    }
    MemoryBudget memory = new MemoryBudget(MEMORY);
    Framer framer = new LineFramer(memory, MAX, keepUnterminated);

    assertThat(told(framer, memory, input, seed, refused)).isEqualTo(expected);
    framer.release();
    assertThat(memory.used()).isZero();
  }

  private static String naive(byte[] input, int from, int to) {
    String text = new String(input, from, to - from, StandardCharsets.ISO_8859_1);
    return text.length() > MAX ? "too long " + text.length() + " " + text : "message " + text;
  }

  @Property
  void messagesAfterTheirLengthComeOutAsTheyWentIn(
      @ForAll("lines") byte[] filler,
      @ForAll long seed,
      @ForAll @IntRange(max = 90) int refused,
      @ForAll @IntRange(max = 8) int cutOff) {
    List<String> expected = new ArrayList<>();
    ByteArrayOutputStream input = new ByteArrayOutputStream();
    Random random = new Random(seed);
    int from = 0;
    while (from < filler.length) {
      int length = random.nextInt(Math.min(2 * MAX, filler.length - from) + 1);
      input.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
      input.write(filler, from, length);
      expected.add(naive(filler, from, from + length));
      from += length;
    }
    byte[] whole = input.toByteArray();
    byte[] sent = Arrays.copyOf(whole, Math.max(0, whole.length - cutOff));
    MemoryBudget memory = new MemoryBudget(MEMORY);
    LengthFramer framer = new LengthFramer(memory, MAX);

    List<String> told = told(framer, memory, sent, seed, refused);
    if (cutOff == 0) {
      assertThat(told).isEqualTo(expected);
      assertThat(framer.incomplete()).isFalse();
    } else {
      assertThat(told).isEqualTo(expected.subList(0, told.size()));
    }
    framer.release();
    assertThat(memory.used()).isZero();
  }

  /** Feeds the input in random chunks, as a source does, and holds the budget to account. */
  private static List<String> told(
      Framer framer, MemoryBudget memory, byte[] input, long seed, int refused) {
    Told told = new Told(seed, refused);
    Random cuts = new Random(seed);
    int from = 0;
    while (from < input.length) {
      int length = 1 + cuts.nextInt(Math.min(40, input.length - from));
      assertThat(framer.prepare(length)).isTrue();
      ByteBuffer chunk =
          ByteBuffer.allocateDirect(length + 3).order(ByteOrder.LITTLE_ENDIAN).position(3);
      chunk.put(input, from, length).position(3);
      while (!framer.feed(chunk, told)) {
        assertThat(chunk.position()).isBetween(3, 3 + length);
      }
      assertThat(chunk.remaining()).isZero();
      framer.settle();
      if (framer.gathering()) {
        assertThat(memory.used()).isGreaterThanOrEqualTo(framer.unfinishedLength());
      } else {
        assertThat(memory.used()).isZero();
      }
      from += length;
    }
    boolean ended = framer.end(told);
    while (!ended) {
      ended = framer.end(told);
    }
    return told.all;
  }

  @Property
  void newlineIsFoundWhereALoopFindsIt(
      @ForAll("lines") byte[] input, @ForAll @IntRange(max = 200) int start) {
    ByteBuffer buffer = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
    int from = Math.min(start, input.length);
    int expected = -1;
    for (int i = input.length - 1; i >= from; i--) {
      expected = input[i] == '\n' ? i : expected;
    }
    assertThat(LineFramer.indexOfNewline(buffer, from, input.length)).isEqualTo(expected);
  }
}
