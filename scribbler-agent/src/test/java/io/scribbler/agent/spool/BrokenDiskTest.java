package io.scribbler.agent.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.squareup.tape2.DiskDouble;
import io.scribbler.agent.spool.Elements.Found;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A disk that is full, read-only or broken in the middle of an append. */
final class BrokenDiskTest {
  @TempDir Path dir;
  private DiskDouble disk;

  private Segment create(Path path) throws IOException {
    return Segment.create(
        path,
        1 << 16,
        new ElementCodec(),
        p -> {
          disk = new DiskDouble(p);
          return disk.queue(p);
        });
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0", "0, 0.5", "0, 1", "1, 0", "1, 0.3", "1, 0.9", "1, 1", "2, 0", "2, 0.5", "2, 1"
  })
  void afterAFailedAppendNothingWrongIsVisible(int write, double reached) throws IOException {
    Path path = dir.resolve("00000001.tape");
    IOException full = new IOException("No space left on device");
    try (Segment segment = create(path)) {
      Slot first = segment.append(Elements.header(0), Elements.data(0, 500));
      disk.fail(write, reached, full);
      assertThatThrownBy(() -> segment.append(Elements.header(1), Elements.data(1, 500)))
          .isSameAs(full);
      assertThat(segment.fits(1)).isFalse();
      assertThatThrownBy(() -> segment.append(Elements.header(2), Elements.data(2, 500)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(segment.read(first.offset()).data()).isEqualTo(Elements.data(0, 500));
      segment.markDone(first.index());
      assertThat(segment.usedBytes()).isLessThan(1000);
    }
    try (Segment segment = Segment.open(path)) {
      Found found = Found.in(segment);
      assertThat(found.sequences()).startsWith(0L).hasSizeLessThanOrEqualTo(2);
      assertThat(found.slots).allMatch(slot -> segment.isDone(slot.index()));
      assertThat(found.damages).filteredOn(d -> !d.contains("header")).isEmpty();
    }
  }

  @Test
  void anErrorClosesItForAppendToo() throws IOException {
    try (Segment segment = create(dir.resolve("00000001.tape"))) {
      OutOfMemoryError noMemory = new OutOfMemoryError("of the test");
      disk.fail(1, 1, noMemory);
      assertThatThrownBy(() -> segment.append(Elements.header(1), Elements.data(1, 500)))
          .isSameAs(noMemory);
      assertThat(segment.fits(1)).isFalse();
      assertThat(segment.isDone(0)).isTrue();
    }
  }

  @Test
  void marksThatCannotBeWrittenAreSaidAndHoldForThisProcess() throws IOException {
    Path path = dir.resolve("00000001.tape");
    try (Segment segment = create(path)) {
      segment.append(Elements.header(0), Elements.data(0, 500));
      segment.append(Elements.header(1), Elements.data(1, 500));
      Files.createDirectory(Segment.sidecar(path)); // in the way, even for root
      assertThatThrownBy(() -> segment.markDone(0)).isInstanceOf(IOException.class);
      assertThat(segment.isDone(0)).isTrue();
      disk.fail(2, 1, new IOException("Input/output error"));
      assertThatThrownBy(() -> segment.append(Elements.header(2), Elements.data(2, 500)))
          .hasMessage("Input/output error")
          .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
      Files.delete(Segment.sidecar(path));
      segment.markDone(1);
    }
    try (Segment segment = Segment.open(path)) {
      assertThat(segment.isDone(1)).isTrue();
      assertThat(segment.doneCount()).isEqualTo(1);
    }
  }

  @Test
  void aFullDeviceIsToldWhenASegmentIsMade() throws IOException {
    SpoolRoot root = new SpoolRoot(dir.resolve("spool"));
    try (SpoolFolder folder = root.create(Elements.DESTINATION, "pixel-17", 1)) {
      IOException readOnly = new IOException("Read-only file system");
      assertThatThrownBy(
              () ->
                  folder.createSegment(
                      1 << 16,
                      0,
                      p -> {
                        throw readOnly;
                      }))
          .isSameAs(readOnly);
      assertThat(folder.path()).isDirectoryNotContaining("glob:**0000*");
      try (Segment segment = folder.createSegment(1 << 16, 0)) {
        segment.append(Elements.header(1), new byte[1]);
        assertThat(Found.in(segment).sequences()).containsExactly(1L);
      }
    }
  }

  @Test
  void aVanishedFolderIsToldWhenASegmentIsMade() throws IOException {
    SpoolRoot root = new SpoolRoot(dir.resolve("spool"));
    try (SpoolFolder folder = root.create(Elements.DESTINATION, "pixel-17", 1)) {
      Files.move(folder.path(), dir.resolve("elsewhere"));
      assertThatThrownBy(() -> folder.createSegment(1 << 16, 0)).isInstanceOf(IOException.class);
    }
  }
}
