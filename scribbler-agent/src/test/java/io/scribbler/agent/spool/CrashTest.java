package io.scribbler.agent.spool;

import static org.assertj.core.api.Assertions.assertThat;

import com.squareup.tape2.DiskDouble;
import io.scribbler.agent.spool.Elements.Found;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever of an append's three writes has reached the disk when the host dies. */
final class CrashTest {
  private static final int SIZE = 4096;
  private static final int DATA = 200;

  @TempDir Path dir;
  private Path path;
  private DiskDouble disk;

  // The file before the append, and the writes of the append: length, element, Tape's header.
  private byte[] before;
  private List<DiskDouble.Write> writes;

  @BeforeEach
  void path() {
    path = dir.resolve("00000001.tape");
  }

  private void appendTo(int elements) throws IOException {
    try (Segment segment =
        Segment.create(
            path,
            SIZE,
            new ElementCodec(),
            p -> {
              disk = new DiskDouble(p);
              return disk.queue(p);
            })) {
      for (int i = 0; i < elements; i++) {
        segment.append(Elements.header(i), Elements.data(i, DATA));
      }
      before = Files.readAllBytes(path);
      disk.takeWrites();
      segment.append(Elements.header(elements), Elements.data(elements, DATA));
      writes = disk.takeWrites();
    }
    assertThat(writes).hasSize(3);
  }

  @Test
  void everyPrefixOfEveryWriteInOrder() throws IOException {
    for (int elements = 0; elements < 3; elements++) {
      appendTo(elements);
      byte[] image = before.clone();
      for (int write = 0; write < 3; write++) {
        for (int reached = 0; reached <= writes.get(write).length(); reached++) {
          writes.get(write).apply(image, 0, reached);
          boolean headerIsTorn = write == 2 && reached < writes.get(2).length();
          boolean whole = write == 2 || (write == 1 && reached == writes.get(1).length());
          Found found = reopen(image, elements);
          assertThat(found.slots).hasSize(whole ? elements + 1 : elements);
          if (headerIsTorn) {
            assertThat(found.damages).allMatch(d -> d.equals("0-32 the file's header"));
          } else {
            assertThat(found.damages).as("write %s, byte %s", write, reached).isEmpty();
          }
        }
      }
      Files.delete(path);
    }
  }

  @Test
  void writesThatReachTheDiskFromTheirEnd() throws IOException {
    appendTo(2);
    byte[] image = before.clone();
    for (int write = 0; write < 3; write++) {
      int length = writes.get(write).length();
      for (int from = length; from >= 0; from--) {
        writes.get(write).apply(image, from, length);
        Found found = reopen(image, 2);
        if (write < 2) {
          assertThat(found.damages).isEmpty();
        }
      }
    }
  }

  @Test
  void writesInAnyOrder() throws IOException {
    appendTo(2);
    for (int set = 0; set < 8; set++) {
      byte[] image = before.clone();
      for (int write = 0; write < 3; write++) {
        if ((set >> write & 1) == 1) {
          writes.get(write).apply(image, 0, writes.get(write).length());
        }
      }
      Found found = reopen(image, 2);
      boolean element = (set & 2) != 0;
      boolean header = (set & 4) != 0;
      assertThat(found.slots).hasSize(element ? 3 : 2);
      // The header counts what isn't there: nobody can tell that from a loss.
      assertThat(found.damages.isEmpty()).isEqualTo(!header || set == 7);
    }
  }

  @Test
  void aHeaderBeforeAPartOfTheElement() throws IOException {
    appendTo(2);
    byte[] image = before.clone();
    writes.get(0).apply(image, 0, writes.get(0).length());
    writes.get(2).apply(image, 0, writes.get(2).length());
    for (int reached = 0; reached < writes.get(1).length(); reached++) {
      writes.get(1).apply(image, 0, reached);
      reopen(image, 2);
    }
  }

  /** Opens the file of a crashed host, and checks that all but the last is whole. */
  private Found reopen(byte[] image, int committed) throws IOException {
    Path crashed = dir.resolve("00000002.tape");
    Files.write(crashed, image);
    Found found;
    try (Segment segment = Segment.open(crashed)) {
      found = Found.in(segment);
      List<Long> read = new ArrayList<>();
      for (Slot slot : found.slots) {
        try {
          Element element = segment.read(slot.offset());
          long sequence = Elements.sequence(element.header());
          assertThat(element.data()).isEqualTo(Elements.data(sequence, DATA));
          assertThat(element.header()).isEqualTo(Elements.header(sequence));
          read.add(sequence);
        } catch (CorruptElementException e) {
          assertThat(slot.index()).isEqualTo(committed);
        }
      }
      List<Long> expected = new ArrayList<>();
      for (long i = 0; i < committed || (i == committed && read.size() > committed); i++) {
        expected.add(i);
      }
      assertThat(read).isEqualTo(expected);
      segment.delete();
    }
    return found;
  }

  @Test
  void afterACrashAnotherSegmentTakesElements() throws IOException {
    SpoolRoot root = new SpoolRoot(dir.resolve("spool"));
    Path folder;
    try (SpoolFolder life = root.create(Elements.DESTINATION, "pixel-17", 1)) {
      folder = life.path();
      try (Segment segment = life.createSegment(SIZE, 0)) {
        segment.append(Elements.header(0), Elements.data(0, DATA));
      }
    }
    appendTo(1);
    writes.get(0).apply(before, 0, 4);
    writes.get(1).apply(before, 0, 100);
    Files.write(folder.resolve("00000001.tape"), before);
    Files.write(folder.resolve("00000002.new"), new byte[10]);
    try (SpoolFolder next = root.adopt(root.list().get(0), Elements.DESTINATION).orElseThrow()) {
      assertThat(next.numbers()).containsExactly(1);
      try (Segment old = next.openSegment(1);
          Segment segment = next.createSegment(SIZE, 0)) {
        assertThat(Found.in(old).sequences()).containsExactly(0L);
        segment.append(Elements.header(1), Elements.data(1, DATA));
      }
      assertThat(next.numbers()).containsExactly(1, 2);
      try (Segment segment = next.openSegment(2)) {
        assertThat(Found.in(segment).sequences()).containsExactly(1L);
      }
    }
  }
}
