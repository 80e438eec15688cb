package io.scribbler.agent.spool;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.spool.FolderSummary.State;
import io.scribbler.agent.spool.SpoolFolders.Contents;
import io.scribbler.agent.spool.SpoolFolders.Part;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SpoolFoldersTest {
  @TempDir private Path dir;
  private SpoolRoot root;
  private SpoolFolders folders;

  @BeforeEach
  void open() {
    root = new SpoolRoot(dir.resolve("spool"));
    folders = new SpoolFolders(dir.resolve("spool"));
  }

  private FolderSummary only() throws IOException {
    assertThat(folders.list()).hasSize(1);
    return folders.list().get(0);
  }

  /** What a visitor is told. */
  private static final class Told implements SpoolFolders.Visitor {
    final List<Long> records = new ArrayList<>();
    final List<Long> data = new ArrayList<>();
    final List<String> damages = new ArrayList<>();
    int most = Integer.MAX_VALUE;

    @Override
    public void record(ElementHeader header, boolean done, int length) {
      records.add(Elements.sequence(header));
    }

    @Override
    public boolean wants(ElementHeader header, boolean done) {
      return !done;
    }

    @Override
    public void data(ElementHeader header, boolean done, byte[] bytes) {
      assertThat(bytes).isEqualTo(Elements.data(Elements.sequence(header), 1000));
      data.add(Elements.sequence(header));
    }

    @Override
    public void damaged(Path segment, long from, long to, String what) {
      damages.add(from + "-" + to + " " + what);
    }

    @Override
    public void failed(Path segment, IOException cause) {
      damages.add("failed " + cause);
    }

    @Override
    public boolean more() {
      return data.size() < most;
    }
  }

  private Told visit(Part part) throws IOException {
    Told told = new Told();
    folders.visit(only(), part, told);
    return told;
  }

  private static Segment segment(SpoolFolder folder, long first, int count) throws IOException {
    Segment segment = folder.createSegment(1 << 16, 0);
    for (long i = first; i < first + count; i++) {
      segment.append(Elements.header(i), Elements.data(i, 1000));
    }
    return segment;
  }

  @Test
  void whatIsNotDoneIsCountedAndReadOldestFirst() throws IOException {
    assertThat(folders.list()).isEmpty();
    try (SpoolFolder folder = root.create(Elements.DESTINATION, "p", 5);
        Segment one = segment(folder, 1, 3);
        Segment two = segment(folder, 10, 2)) {
      one.markDone(0);
      two.markDone(1);
      FolderSummary live = only();
      assertThat(live.state()).isEqualTo(State.LIVE);
      assertThat(live.segments()).isEqualTo(2);
      assertThat(live.card())
          .contains(
              new FolderSummary.Card(Elements.DESTINATION, "p", 5, ProcessHandle.current().pid()));
      assertThat(folders.contents(live))
          .isEqualTo(new Contents(3, 15, 360, Optional.of(1_700_000_000_002L)));
    }
    assertThat(only().state()).isEqualTo(State.LEFT);
    Told told = visit(Part.SEGMENTS);
    assertThat(told.records).containsExactly(1L, 2L, 3L, 10L, 11L);
    assertThat(told.data).containsExactly(2L, 3L, 10L);
    assertThat(told.damages).isEmpty();
  }

  @Test
  void aVisitorThatHasSeenEnoughIsToldNoMore() throws IOException {
    try (SpoolFolder folder = root.create(Elements.DESTINATION, "p", 5)) {
      segment(folder, 1, 3).close();
      segment(folder, 10, 3).close();
      Told told = new Told();
      told.most = 2;
      folders.visit(only(), Part.SEGMENTS, told);
      assertThat(told.records).containsExactly(1L, 2L);
    }
  }

  @Test
  void damageIsToldAndTheRestIsRead() throws IOException {
    Path file;
    int end;
    try (SpoolFolder folder = root.create(Elements.DESTINATION, "p", 5);
        Segment segment = segment(folder, 1, 1)) {
      file = segment.path();
      end = segment.append(Elements.header(2), Elements.data(2, 1000)).end();
      segment.append(Elements.header(3), Elements.data(3, 1000));
    }
    overwrite(file, end - 10, new byte[] {1, 2, 3});
    Told told = visit(Part.SEGMENTS);
    assertThat(told.data).containsExactly(1L, 3L);
    assertThat(told.damages).hasSize(1).first().asString().contains("a record's data");
    assertThat(folders.contents(only()).records()).isEqualTo(3); // by their headers
  }

  /** The file's header that a look began with is older than what was appended since. */
  @Test
  void whatIsAppendedMeanwhileIsNoDamage() throws IOException {
    Path file;
    try (SpoolFolder folder = root.create(Elements.DESTINATION, "p", 5);
        Segment segment = segment(folder, 1, 1)) {
      file = segment.path();
      byte[] old = new byte[TapeHeader.SIZE];
      ByteBuffer.wrap(old).put(ByteBuffer.wrap(Files.readAllBytes(file), 0, old.length));
      segment.append(Elements.header(2), Elements.data(2, 1000));
      segment.append(Elements.header(3), Elements.data(3, 1000));
      overwrite(file, 0, old);
      assertThat(visit(Part.SEGMENTS).damages).isEmpty();
    }
    assertThat(visit(Part.SEGMENTS).damages).hasSize(1);
  }

  private static void overwrite(Path file, long at, byte[] bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), at);
    }
  }

  @Test
  void whatIsQuarantinedIsApartAndCanBeTakenOutOnceNobodyOwnsIt() throws IOException {
    try (SpoolFolder folder = root.create(Elements.DESTINATION, "p", 5);
        Segment segment = segment(folder, 1, 3)) {
      segment.markDone(1);
      segment.quarantine();
      assertThat(folders.takeOutOfQuarantine(only())).isZero();
    }
    assertThat(only().quarantined()).isEqualTo(1);
    assertThat(visit(Part.SEGMENTS).records).isEmpty();
    assertThat(visit(Part.QUARANTINE).data).containsExactly(1L, 3L);
    assertThat(folders.takeOutOfQuarantine(only())).isEqualTo(1);
    assertThat(only().quarantined()).isZero();
    assertThat(visit(Part.SEGMENTS).data).containsExactly(1L, 3L);
    assertThat(only().state()).isEqualTo(State.LEFT);
  }

  @Test
  void whatIsGoneMeanwhileIsNothing() throws IOException {
    FolderSummary seen;
    try (SpoolFolder folder = root.create(Elements.DESTINATION, "p", 5)) {
      Segment segment = segment(folder, 1, 3);
      seen = only();
      segment.delete();
      assertThat(folder.deleteIfEmpty()).isTrue();
    }
    assertThat(folders.contents(seen)).isEqualTo(new Contents(0, 0, 0, Optional.empty()));
  }

  /** Files of other users are told and not looked at; here by what the summary says. */
  @Test
  void anUnreadableFolderIsNotLookedAt() throws IOException {
    try (SpoolFolder folder = root.create(Elements.DESTINATION, "p", 5)) {
      segment(folder, 1, 3).close();
      FolderSummary seen = only();
      FolderSummary foreign =
          new FolderSummary(seen.path(), "other", State.UNREADABLE, Optional.empty(), 0, 0, 0);
      Told told = new Told();
      folders.visit(foreign, Part.SEGMENTS, told);
      assertThat(told.records).isEmpty();
      assertThat(folders.takeOutOfQuarantine(foreign)).isZero();
    }
  }
}
