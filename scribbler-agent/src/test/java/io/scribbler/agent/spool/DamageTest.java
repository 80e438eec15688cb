package io.scribbler.agent.spool;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.spool.Elements.Found;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every byte of a segment and of its marks flipped, cut off or zeroed. */
final class DamageTest {
  private static final int ELEMENTS = 4;
  private static final int DATA = 150;

  @TempDir Path dir;
  private Path path;
  private byte[] image;
  private byte[] marks;
  private final List<Slot> slots = new ArrayList<>();

  @BeforeEach
  void segment() throws IOException {
    path = dir.resolve("00000001.tape");
    try (Segment segment = Segment.create(path, 4096, new ElementCodec(), Segment.TAPE)) {
      for (int i = 0; i < ELEMENTS; i++) {
        slots.add(segment.append(Elements.header(i), Elements.data(i, DATA)));
      }
      segment.markDone(1);
      segment.markDone(2);
    }
    image = Files.readAllBytes(path);
    marks = Files.readAllBytes(Segment.sidecar(path));
  }

  /** Which elements were read intact, and what was said of the others. */
  private final class Outcome {
    final List<Integer> intact = new ArrayList<>();
    final List<Integer> corrupt = new ArrayList<>();
    final Found found;

    Outcome(byte[] damaged) throws IOException {
      Files.write(path, damaged);
      try (Segment segment = Segment.open(path)) {
        found = Found.in(segment);
        for (Slot slot : found.slots) {
          try {
            Element element = segment.read(slot.offset());
            int sequence = (int) Elements.sequence(element.header());
            assertThat(slot).isEqualTo(slots.get(sequence));
            assertThat(element.header()).isEqualTo(Elements.header(sequence));
            assertThat(element.data()).isEqualTo(Elements.data(sequence, DATA));
            intact.add(sequence);
          } catch (CorruptElementException e) {
            corrupt.add(slot.index());
          }
        }
      }
    }

    boolean reported() {
      return !corrupt.isEmpty() || !found.damages.isEmpty();
    }
  }

  @Test
  void aFlippedBitCostsAtMostItsElementAndIsReported() throws IOException {
    int end = slots.get(ELEMENTS - 1).end();
    for (int at = 0; at < end; at++) {
      for (int bit = at % 2; bit < 8; bit += 2) {
        byte[] damaged = image.clone();
        damaged[at] ^= (byte) (1 << bit);
        Outcome outcome = new Outcome(damaged);
        assertThat(outcome.reported()).as("bit %s of byte %s", bit, at).isTrue();
        List<Integer> expected = new ArrayList<>();
        for (Slot slot : slots) {
          // Tape's length is only a second opinion.
          boolean hit = at >= slot.offset() + Integer.BYTES && at < slot.end();
          if (!hit) {
            expected.add(slot.index());
          }
        }
        assertThat(outcome.intact).as("bit %s of byte %s", bit, at).isEqualTo(expected);
      }
    }
  }

  @Test
  void aCutFileKeepsWhatIsBeforeTheCut() throws IOException {
    for (int size = 0; size < image.length; size++) {
      Outcome outcome = new Outcome(Arrays.copyOf(image, size));
      assertThat(outcome.reported()).as("%s bytes", size).isTrue();
      List<Integer> expected = new ArrayList<>();
      for (Slot slot : slots) {
        if (slot.end() <= size) {
          expected.add(slot.index());
        }
      }
      assertThat(outcome.intact).as("%s bytes", size).isEqualTo(expected);
    }
  }

  @Test
  void zeroedBytesCostAtMostTheirElements() throws IOException {
    for (int from = 0; from < slots.get(ELEMENTS - 1).end(); from += 37) {
      for (int length : new int[] {1, 64, 300, 512}) {
        byte[] damaged = image.clone();
        int to = Math.min(damaged.length, from + length);
        Arrays.fill(damaged, from, to, (byte) 0);
        Outcome outcome = new Outcome(damaged);
        List<Integer> expected = new ArrayList<>();
        for (Slot slot : slots) {
          int begin = slot.offset() + Integer.BYTES;
          if (Arrays.equals(image, begin, slot.end(), damaged, begin, slot.end())) {
            expected.add(slot.index());
          }
        }
        assertThat(outcome.intact).isEqualTo(expected);
        assertThat(outcome.reported()).isEqualTo(!Arrays.equals(image, damaged));
      }
    }
  }

  @Test
  void aLengthThatLiesUnderTheRightChecksumIsNotBelieved() throws IOException {
    Slot second = slots.get(1);
    int at = second.offset() + Integer.BYTES;
    for (int dataLength :
        new int[] {
          Integer.MAX_VALUE, Integer.MAX_VALUE - 40, Integer.MIN_VALUE, -1, 1 << 30, 4096
        }) {
      ByteBuffer damaged = ByteBuffer.wrap(image.clone());
      damaged.putInt(at + 16, dataLength);
      damaged.putInt(at + 12, ElementPrefix.checksum(damaged, at, damaged.getInt(at + 8)));
      Outcome outcome = new Outcome(damaged.array());
      assertThat(outcome.intact).containsExactly(0, 2, 3);
      assertThat(outcome.found.damages)
          .containsExactly(second.offset() + "-" + second.end() + " no intact element");
    }
  }

  @Test
  void damageBehindTheLastElementIsNone() throws IOException {
    int end = slots.get(ELEMENTS - 1).end();
    for (int at = end; at < image.length; at += 13) {
      byte[] damaged = image.clone();
      damaged[at] ^= 1;
      Outcome outcome = new Outcome(damaged);
      assertThat(outcome.reported()).isFalse();
      assertThat(outcome.intact).hasSize(ELEMENTS);
    }
  }

  @Test
  void aFlippedBitOfTheMarksMarksNothingElse() throws IOException {
    for (int at = 0; at < marks.length; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] damaged = marks.clone();
        damaged[at] ^= (byte) (1 << bit);
        Files.write(Segment.sidecar(path), damaged);
        try (Segment segment = Segment.open(path)) {
          assertThat(List.of(1, 2)).containsAll(done(segment));
          assertThat(segment.doneCount()).isLessThan(2);
          segment.markDone(3);
        }
        try (Segment segment = Segment.open(path)) {
          assertThat(segment.isDone(3)).isTrue();
          assertThat(segment.isDone(0)).isFalse();
        }
      }
    }
  }

  @Test
  void marksThatWereCutAreAppendedTo() throws IOException {
    for (int size = 0; size < marks.length; size++) {
      Files.write(Segment.sidecar(path), Arrays.copyOf(marks, size));
      try (Segment segment = Segment.open(path)) {
        assertThat(done(segment)).isEqualTo(size < 16 ? List.of() : List.of(1));
        segment.markDone(3);
      }
      try (Segment segment = Segment.open(path)) {
        assertThat(done(segment)).isEqualTo(size < 16 ? List.of(3) : List.of(1, 3));
      }
    }
  }

  private static List<Integer> done(Segment segment) {
    List<Integer> done = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      if (segment.isDone(i)) {
        done.add(i);
      }
    }
    return done;
  }
}
