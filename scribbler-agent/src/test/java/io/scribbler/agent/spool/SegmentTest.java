package io.scribbler.agent.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.squareup.tape2.QueueFile;
import io.scribbler.agent.spool.Elements.Found;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SegmentTest {
  @TempDir Path dir;
  private Path path;

  @BeforeEach
  void path() {
    path = dir.resolve("00000001.tape");
  }

  private Segment create(long size) throws IOException {
    return Segment.create(path, size, new ElementCodec(), Segment.TAPE);
  }

  @Test
  void whatIsAppendedIsReadByThisProcessAndTheNext() throws IOException {
    byte[] data = Elements.data(1, 100_000);
    Slot slot;
    try (Segment segment = create(1 << 20)) {
      slot = segment.append(Elements.header(1), data);
      assertThat(segment.read(slot.offset()).data()).isEqualTo(data);
      segment.append(Elements.header(2), new byte[0]);
    }
    try (Segment segment = Segment.open(path)) {
      Found found = Found.in(segment);
      assertThat(found.damages).isEmpty();
      assertThat(found.headers).containsExactly(Elements.header(1), Elements.header(2));
      assertThat(found.slots.get(0)).isEqualTo(slot);
      assertThat(slot.dataLength()).isEqualTo(data.length);
      Element read = segment.read(slot.offset());
      assertThat(read.header()).isEqualTo(Elements.header(1));
      assertThat(read.data()).isEqualTo(data);
      assertThat(segment.usedBytes()).isEqualTo(found.slots.get(1).end());
      assertThat(segment.fits(1)).isFalse();
    }
  }

  @Test
  void aFileKeepsItsSizeAndAnyTapeReadsIt() throws IOException {
    int element = Elements.size(0, 1000);
    long size = TapeHeader.SIZE + 3L * element;
    try (Segment segment = create(size)) {
      for (int i = 0; i < 3; i++) {
        assertThat(segment.fits(element)).isTrue();
        segment.append(Elements.header(i), Elements.data(i, 1000));
      }
      assertThat(segment.remaining()).isZero();
      assertThat(segment.fits(element)).isFalse();
      assertThatThrownBy(() -> segment.append(Elements.header(3), Elements.data(3, 1000)))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(path).hasSize(size);
    try (QueueFile tape = new QueueFile.Builder(path.toFile()).build()) {
      assertThat(tape.size()).isEqualTo(3);
      assertThat(tape.peek()).hasSize(element - Integer.BYTES);
    }
  }

  @Test
  void marksAreKeptAndAMissingFileMeansNothingIsDone() throws IOException {
    try (Segment segment = create(1 << 20)) {
      for (int i = 0; i < 5; i++) {
        segment.append(Elements.header(i), Elements.data(i, 10));
      }
      segment.markDone(3);
      segment.markDone(0);
      segment.markDone(3);
    }
    try (Segment segment = Segment.open(path)) {
      assertThat(done(segment)).containsExactly(0, 3);
      segment.markDone(4);
    }
    try (Segment segment = Segment.open(path)) {
      assertThat(done(segment)).containsExactly(0, 3, 4);
    }
    Files.delete(Segment.sidecar(path));
    try (Segment segment = Segment.open(path)) {
      assertThat(segment.doneCount()).isZero();
    }
  }

  private static List<Integer> done(Segment segment) {
    return IntStream.range(0, 100).filter(segment::isDone).boxed().toList();
  }

  @Test
  void filesAreTheUsersOnly() throws IOException {
    try (Segment segment = create(1 << 16)) {
      segment.append(Elements.header(1), new byte[1]);
      segment.markDone(0);
      assertThat(mode(path)).isEqualTo("rw-------");
      assertThat(mode(Segment.sidecar(path))).isEqualTo("rw-------");
      segment.quarantine();
      assertThat(mode(dir.resolve("quarantine"))).isEqualTo("rwx------");
    }
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void aDeletedFileIsNoticedAndStillRead() throws IOException {
    try (Segment segment = create(1 << 16)) {
      Slot slot = segment.append(Elements.header(1), Elements.data(1, 50));
      assertThat(segment.vanished()).isFalse();
      Files.delete(path);
      assertThat(segment.vanished()).isTrue();
      Files.writeString(path, "another file");
      assertThat(segment.vanished()).isTrue();
      assertThat(segment.read(slot.offset()).data()).isEqualTo(Elements.data(1, 50));
      segment.delete();
    }
    assertThat(path).hasContent("another file");
  }

  @Test
  void deleteTakesTheMarksAlong() throws IOException {
    try (Segment segment = create(1 << 16)) {
      segment.append(Elements.header(1), new byte[1]);
      segment.markDone(0);
      segment.delete();
    }
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void quarantineKeepsAllAndStaysReadable() throws IOException {
    try (Segment segment = create(1 << 16)) {
      Slot slot = segment.append(Elements.header(1), Elements.data(1, 50));
      segment.append(Elements.header(2), Elements.data(2, 50));
      segment.markDone(0);
      segment.quarantine();
      assertThat(segment.vanished()).isFalse();
      assertThat(segment.read(slot.offset()).header()).isEqualTo(Elements.header(1));
      segment.markDone(1);
    }
    assertThat(path).doesNotExist();
    assertThat(Segment.sidecar(path)).doesNotExist();
    try (Segment segment = Segment.open(dir.resolve("quarantine").resolve(path.getFileName()))) {
      assertThat(Found.in(segment).sequences()).containsExactly(1L, 2L);
      assertThat(done(segment)).containsExactly(0, 1);
    }
  }

  @Test
  void aFileThatIsThereIsNotOverwritten() throws IOException {
    Files.writeString(path, "precious");
    assertThatThrownBy(() -> create(1 << 16)).isInstanceOf(IOException.class);
    assertThat(path).hasContent("precious");
    Files.delete(path);
    Files.writeString(Segment.sidecar(path), "marks of another segment");
    assertThatThrownBy(() -> create(1 << 16)).isInstanceOf(IOException.class);
  }

  @Test
  void linksAreNotFollowed() throws IOException {
    Path target = dir.resolve("target");
    try (Segment segment = create(1 << 16)) {
      segment.append(Elements.header(1), new byte[1]);
    }
    Files.move(path, target);
    Files.createSymbolicLink(path, target);
    assertThatThrownBy(() -> Segment.open(path)).isInstanceOf(IOException.class);
  }

  @Test
  void anElementInsideTheDataOfADamagedOneIsNotDelivered() throws IOException {
    ElementCodec codec = new ElementCodec();
    int length = codec.encode(Elements.header(666), new byte[5], 1, 0);
    byte[] hidden = Arrays.copyOf(codec.buffer(), length);
    Slot first;
    try (Segment segment = create(1 << 16)) {
      first = segment.append(Elements.header(1), hidden);
      segment.append(Elements.header(2), Elements.data(2, 50));
    }
    flip(first.offset() + Integer.BYTES + 1);
    try (Segment segment = Segment.open(path)) {
      Found found = Found.in(segment);
      assertThat(found.sequences()).containsExactly(2L);
      assertThat(found.damages).containsExactly("32-" + first.end() + " no intact element");
    }
  }

  @Test
  void anElementWithAnIndexThatWasThereIsNotDelivered() throws IOException {
    int first = Elements.size(1, 50);
    int before = TapeHeader.SIZE + first + Elements.size(2, 0);
    ElementCodec codec = new ElementCodec();
    int length = codec.encode(Elements.header(666), new byte[5], 0, before);
    byte[] hidden = new byte[Integer.BYTES + length];
    System.arraycopy(codec.buffer(), 0, hidden, Integer.BYTES, length);
    try (Segment segment = create(1 << 16)) {
      segment.append(Elements.header(1), Elements.data(1, 50));
      segment.append(Elements.header(2), hidden);
      segment.append(Elements.header(3), Elements.data(3, 50));
    }
    flip(TapeHeader.SIZE + first + Integer.BYTES);
    try (Segment segment = Segment.open(path)) {
      assertThat(segment.read(before).data()).hasSize(5); // all of it but its place in the row
      assertThat(Found.in(segment).sequences()).containsExactly(1L, 3L);
    }
  }

  /** The search for the next element reads in chunks; it may begin across two of them. */
  @Test
  void theNextElementIsFoundWhereverItLies() throws IOException {
    int chunk = 64 << 10;
    for (int shift = -8; shift <= 8; shift++) {
      int length = chunk - Elements.size(1, 0) + shift;
      try (Segment segment = create(1 << 18)) {
        segment.append(Elements.header(1), Elements.data(1, length));
        segment.append(Elements.header(2), Elements.data(2, 50));
      }
      flip(TapeHeader.SIZE + Integer.BYTES + 8);
      try (Segment segment = Segment.open(path)) {
        assertThat(Found.in(segment).sequences()).as("shift %s", shift).containsExactly(2L);
        segment.delete();
      }
    }
  }

  private void flip(long at) throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    bytes[(int) at] ^= 1;
    Files.write(path, bytes, StandardOpenOption.WRITE);
  }
}
