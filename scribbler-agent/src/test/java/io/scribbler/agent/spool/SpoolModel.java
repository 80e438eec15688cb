package io.scribbler.agent.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.squareup.tape2.DiskDouble;
import io.scribbler.agent.spool.Elements.Found;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A folder and what must be in it: elements whose append returned, those that may be there since a
 * crash or a failure came in between, those that are done, and those that may be. Every life of the
 * agent adopts the folder of the one before and compares.
 */
final class SpoolModel implements Closeable {
  private static final int SEGMENT = 4096;

  private record Place(int segment, int index, int length) {}

  private final SpoolRoot root;
  private SpoolFolder folder;
  private final Map<Integer, Segment> segments = new TreeMap<>();
  private int current; // the segment that is appended to; 0 when none is
  private DiskDouble disk;

  private long nextSequence;
  private final Map<Long, Place> acknowledged = new LinkedHashMap<>();
  private final Map<Long, Integer> maybe = new LinkedHashMap<>(); // their lengths
  private final Set<Long> done = new HashSet<>();
  private final Set<Long> maybeDone = new HashSet<>();

  SpoolModel(Path dir) throws IOException {
    root = new SpoolRoot(dir);
    folder = root.create(Elements.DESTINATION, "pixel-17", 1);
  }

  void append(int random) throws IOException {
    int length = random % 900;
    segmentFor(length);
    Slot slot =
        segments
            .get(current)
            .append(Elements.header(nextSequence), Elements.data(nextSequence, length));
    acknowledged.put(nextSequence++, new Place(current, slot.index(), length));
  }

  private void segmentFor(int length) throws IOException {
    int size = Elements.size(nextSequence, length);
    if (current == 0 || !segments.get(current).fits(size)) {
      Segment segment =
          folder.createSegment(
              SEGMENT,
              size,
              path -> {
                disk = new DiskDouble(path);
                return disk.queue(path);
              });
      List<Integer> numbers = folder.numbers();
      current = numbers.get(numbers.size() - 1);
      assertThat(segments).doesNotContainKey(current);
      segments.put(current, segment);
    }
  }

  void newSegment() throws IOException {
    if (current != 0) {
      segments.get(current).closeForAppend();
      current = 0;
    }
  }

  void mark(int random) throws IOException {
    if (acknowledged.isEmpty()) {
      return;
    }
    List<Long> all = new ArrayList<>(acknowledged.keySet());
    long sequence = all.get(random % all.size());
    Place place = acknowledged.get(sequence);
    segments.get(place.segment()).markDone(place.index());
    done.add(sequence);
  }

  void failAppend(int random, int how) throws IOException {
    int length = random % 900;
    segmentFor(length);
    disk.fail(how % 3, how % 11 / 10.0, new IOException("No space left on device"));
    Segment segment = segments.get(current);
    assertThatThrownBy(
            () ->
                segment.append(Elements.header(nextSequence), Elements.data(nextSequence, length)))
        .isInstanceOf(IOException.class);
    maybe.put(nextSequence, length);
    done.add(nextSequence++);
    assertThat(segment.fits(0)).isFalse();
    current = 0;
  }

  /** The host dies in the middle of an append; the last marks may not have reached the disk. */
  void crash(int random, int how) throws IOException {
    int length = random % 900;
    segmentFor(length);
    Segment segment = segments.get(current);
    Path path = segment.path();
    byte[] image = Files.readAllBytes(path);
    disk.takeWrites();
    segment.append(Elements.header(nextSequence), Elements.data(nextSequence, length));
    maybe.put(nextSequence++, length);
    List<DiskDouble.Write> writes = disk.takeWrites();
    int torn = how % 3;
    for (int i = 0; i < torn; i++) {
      writes.get(i).apply(image, 0, writes.get(i).length());
    }
    writes.get(torn).apply(image, 0, random % (writes.get(torn).length() + 1));
    closeAll();
    Files.write(path, image);
    if (how % 2 == 1) {
      tearMarks(path, how % 19);
    }
    adopt();
  }

  private void tearMarks(Path path, int bytes) throws IOException {
    Path marks = Segment.sidecar(path);
    if (Files.exists(marks)) {
      byte[] all = Files.readAllBytes(marks);
      Files.write(marks, Arrays.copyOf(all, Math.max(0, all.length - bytes)));
      for (Map.Entry<Long, Place> each : acknowledged.entrySet()) {
        if (path.endsWith("%08d.tape".formatted(each.getValue().segment()))
            && done.remove(each.getKey())) {
          maybeDone.add(each.getKey());
        }
      }
    }
  }

  void reopen() throws IOException {
    closeAll();
    adopt();
  }

  void deleteDone() throws IOException {
    for (int number : List.copyOf(segments.keySet())) {
      List<Long> inIt =
          acknowledged.entrySet().stream()
              .filter(e -> e.getValue().segment() == number)
              .map(Map.Entry::getKey)
              .toList();
      if (number != current && done.containsAll(inIt)) {
        segments.remove(number).delete();
        inIt.forEach(acknowledged::remove);
      }
    }
  }

  private void closeAll() throws IOException {
    for (Segment segment : segments.values()) {
      segment.close();
    }
    segments.clear();
    current = 0;
    folder.close();
  }

  private void adopt() throws IOException {
    folder = root.adopt(root.list().get(0), Elements.DESTINATION).orElseThrow();
    Map<Long, Place> found = new LinkedHashMap<>();
    for (int number : folder.numbers()) {
      Segment segment = folder.openSegment(number);
      segments.put(number, segment);
      Found walk = Found.in(segment);
      for (Slot slot : walk.slots) {
        Element element = segment.read(slot.offset());
        long sequence = Elements.sequence(element.header());
        assertThat(element.data()).isEqualTo(Elements.data(sequence, slot.dataLength()));
        Place place = new Place(number, slot.index(), slot.dataLength());
        assertThat(found.put(sequence, place)).isNull();
        compareDone(sequence, segment.isDone(slot.index()));
      }
    }
    assertThat(found).containsAllEntriesOf(acknowledged);
    for (Map.Entry<Long, Place> each : found.entrySet()) {
      if (!acknowledged.containsKey(each.getKey())) {
        assertThat(each.getValue().length()).isEqualTo(maybe.get(each.getKey()));
        acknowledged.put(each.getKey(), each.getValue());
      }
    }
    maybe.clear();
  }

  private void compareDone(long sequence, boolean isDone) {
    if (done.contains(sequence)) {
      assertThat(isDone).isTrue();
    } else if (!maybeDone.remove(sequence)) {
      assertThat(isDone).isFalse();
    } else if (isDone) {
      done.add(sequence);
    }
  }

  @Override
  public void close() throws IOException {
    closeAll();
  }
}
