package io.scribbler.agent.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.scribbler.agent.spool.FolderInfo.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SpoolRootTest {
  private static final Destination OTHER = new Destination("firehose", "eu-west-1", "");

  @TempDir Path dir;
  private SpoolRoot root;

  @BeforeEach
  void root() {
    root = new SpoolRoot(dir.resolve("state/spool"));
  }

  private SpoolFolder create(long epoch) throws IOException {
    return root.create(Elements.DESTINATION, "pixel/17", epoch);
  }

  private FolderInfo only() throws IOException {
    List<FolderInfo> all = root.list();
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  private static void append(SpoolFolder folder) throws IOException {
    try (Segment segment = folder.createSegment(1 << 16, 0)) {
      segment.append(Elements.header(1), new byte[100]);
    }
  }

  @Test
  void aFolderTellsWhoseItIs() throws IOException {
    assertThat(root.list()).isEmpty();
    try (SpoolFolder folder = create(-1)) {
      append(folder);
      FolderInfo info = only();
      assertThat(info.path()).isEqualTo(folder.path());
      assertThat(info.state()).isEqualTo(State.LIVE);
      assertThat(info.card()).isEqualTo(folder.card());
      assertThat(info.card().destination()).isEqualTo(Elements.DESTINATION);
      assertThat(info.card().producer()).isEqualTo("pixel/17");
      assertThat(info.card().epoch()).isEqualTo(-1);
      assertThat(info.card().pid()).isEqualTo(ProcessHandle.current().pid());
      assertThat(info.owner()).isEqualTo(info.card().user());
      assertThat(info.segments()).isEqualTo(1);
      assertThat(info.bytes())
          .isEqualTo(TapeHeader.SIZE + (long) Elements.size(1, 100))
          .isLessThan(1 << 16);
    }
    assertThat(only().state()).isEqualTo(State.LEFT);
  }

  @Test
  void aFolderWithoutLockOrCardIsAdoptedByWhatItsRecordsSay() throws IOException {
    Path without;
    try (SpoolFolder folder = create(1)) {
      append(folder);
      without = folder.path();
    }
    Files.delete(without.resolve("lock"));
    Files.write(without.resolve("destination"), new byte[] {'s'});

    FolderInfo info = only();
    assertThat(info.state()).isEqualTo(State.LEFT);
    assertThat(info.card().destination()).isEqualTo(Elements.DESTINATION);
    assertThat(info.segments()).isEqualTo(1);
    assertThat(root.adopt(info, OTHER)).isEmpty();
    try (SpoolFolder mine = root.adopt(info, Elements.DESTINATION).orElseThrow()) {
      assertThat(mine.numbers()).containsExactly(1);
      assertThat(root.adopt(info, Elements.DESTINATION)).isEmpty();
    }
    Files.delete(without.resolve("destination"));
    assertThat(only().card().destination()).isEqualTo(Elements.DESTINATION);
  }

  @Test
  void oneBadFolderHidesNoOther() throws IOException {
    Path bad;
    try (SpoolFolder folder = create(1);
        SpoolFolder other = create(2)) {
      append(folder);
      append(other);
      bad = folder.path();
    }
    Files.delete(bad.resolve("lock"));
    Files.createDirectory(bad.resolve("lock"));

    List<FolderInfo> all = root.list();
    assertThat(all).hasSize(2).allMatch(info -> info.segments() == 1);
    FolderInfo fine = all.stream().filter(i -> !i.path().equals(bad)).findFirst().orElseThrow();
    try (SpoolFolder mine = root.adopt(fine, Elements.DESTINATION).orElseThrow()) {
      assertThat(mine.numbers()).containsExactly(1);
    }
  }

  @Test
  void whatIsNoFileIsNotOpened() throws Exception {
    Path fifo = dir.resolve("00000001.tape");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();

    assertThatThrownBy(() -> Segment.open(fifo)).hasMessageContaining("no regular file");
    assertThatThrownBy(() -> FolderCard.read(fifo)).hasMessageContaining("no regular file");
  }

  @Test
  void allIsTheUsersOnly() throws IOException {
    try (SpoolFolder folder = create(1)) {
      assertThat(mode(root.path())).isEqualTo("rwx------");
      assertThat(mode(folder.path())).isEqualTo("rwx------");
      assertThat(mode(folder.path().resolve("lock"))).isEqualTo("rw-------");
      assertThat(mode(folder.path().resolve("destination"))).isEqualTo("rw-------");
    }
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void aFolderIsMadeOnce() throws IOException {
    try (SpoolFolder folder = create(1)) {
      assertThatThrownBy(() -> create(1)).isInstanceOf(IOException.class);
      assertThat(folder.numbers()).isEmpty();
    }
  }

  @Test
  void onlyWhatNobodyOwnsIsAdopted() throws IOException {
    FolderInfo info;
    try (SpoolFolder folder = create(1)) {
      append(folder);
      info = only();
      assertThat(root.adopt(info, Elements.DESTINATION)).isEmpty();
    }
    try (SpoolFolder adopted = root.adopt(info, Elements.DESTINATION).orElseThrow()) {
      assertThat(adopted.numbers()).containsExactly(1);
      assertThat(root.adopt(info, Elements.DESTINATION)).isEmpty();
    }
    try (SpoolFolder again = root.adopt(info, Elements.DESTINATION).orElseThrow()) {
      assertThat(again.numbers()).containsExactly(1);
    }
  }

  @Test
  void anotherDestinationIsLeftAlone() throws IOException {
    create(1).close();
    assertThat(root.adopt(only(), OTHER)).isEmpty();
    try (SpoolFolder adopted = root.adopt(only(), Elements.DESTINATION).orElseThrow()) {
      assertThat(adopted.card().epoch()).isEqualTo(1);
    }
  }

  @Test
  void anotherUsersFolderIsShownAndLeftAlone() throws IOException {
    create(1).close();
    FolderInfo info = only();
    assumeThat(System.getProperty("user.name")).isEqualTo("root");
    Files.setAttribute(info.path(), "unix:uid", 54321);
    assertThat(only().owner()).isEqualTo("54321");
    assertThat(root.adopt(info, Elements.DESTINATION)).isEmpty();
    Files.setAttribute(info.path(), "unix:uid", 0);
    try (SpoolFolder adopted = root.adopt(info, Elements.DESTINATION).orElseThrow()) {
      assertThat(adopted.numbers()).isEmpty();
    }
  }

  @Test
  void linksAreNoFolders() throws IOException {
    create(1).close();
    FolderInfo info = only();
    Path elsewhere = dir.resolve("elsewhere");
    Files.move(info.path(), elsewhere);
    Files.createSymbolicLink(info.path(), elsewhere);
    assertThat(root.list()).isEmpty();
    assertThat(root.adopt(info, Elements.DESTINATION)).isEmpty();
    Files.delete(info.path());
    Files.move(elsewhere, info.path());

    Path lock = info.path().resolve("lock");
    Files.move(lock, dir.resolve("lock"));
    Files.createSymbolicLink(lock, dir.resolve("lock"));
    assertThatThrownBy(() -> root.adopt(info, Elements.DESTINATION))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aFolderOutsideIsNotAdopted() throws IOException {
    create(1).close();
    FolderInfo info = only();
    SpoolRoot other = new SpoolRoot(dir.resolve("other"));
    assertThat(other.adopt(info, Elements.DESTINATION)).isEmpty();
  }

  @Test
  void aFolderThatWasNeverFinishedIsNone() throws IOException {
    SpoolFolder folder = create(1);
    folder.close();
    FolderInfo info = only();
    Files.delete(folder.path().resolve("destination"));
    assertThat(root.list()).isEmpty();
    assertThat(root.adopt(info, Elements.DESTINATION)).isEmpty();
  }

  @Test
  void aDamagedCardIsShown() throws IOException {
    create(1).close();
    Path card = only().path().resolve("destination");
    Files.writeString(card, Files.readString(card).replace("epoch=1", "epoch=x"));
    assertThat(only().card()).isNull();
    assertThat(root.adopt(only(), Elements.DESTINATION)).isEmpty();
    Files.write(card, new byte[100_000]);
    assertThat(only().card()).isNull();
  }

  @Test
  void anEmptyFolderDeletesItself() throws IOException {
    SpoolFolder folder = create(1);
    append(folder);
    assertThat(folder.deleteIfEmpty()).isFalse();
    Segment segment = folder.openSegment(1);
    segment.markDone(0);
    segment.delete();
    Files.createDirectory(folder.path().resolve("quarantine"));
    assertThat(folder.deleteIfEmpty()).isTrue();
    assertThat(root.path()).isEmptyDirectory();
  }

  @Test
  void whatItDidNotMakeIsKept() throws IOException {
    try (SpoolFolder folder = create(1)) {
      Path foreign = folder.path().resolve("1.tape");
      Files.writeString(foreign, "of somebody else");
      assertThat(folder.deleteIfEmpty()).isFalse();
      assertThat(folder.numbers()).isEmpty();
      assertThat(foreign).exists();
      assertThat(only().state()).isEqualTo(State.LIVE);
    }
  }

  @Test
  void quarantineIsKeptAndItsNumbersAreNotUsedAgain() throws IOException {
    SpoolFolder folder = create(1);
    append(folder);
    try (Segment segment = folder.openSegment(1)) {
      segment.quarantine();
    }
    assertThat(folder.deleteIfEmpty()).isFalse();
    folder.close();
    assertThat(only().segments()).isZero();
    assertThat(only().quarantined()).isEqualTo(1);
    try (SpoolFolder adopted = root.adopt(only(), Elements.DESTINATION).orElseThrow()) {
      append(adopted);
      assertThat(adopted.numbers()).containsExactly(2);
    }
  }

  @Test
  void whatACrashLeftUnfinishedIsSweptAway() throws IOException {
    SpoolFolder folder = create(1);
    append(folder);
    folder.close();
    Files.write(folder.path().resolve("00000002.new"), new byte[10]);
    Files.write(folder.path().resolve("00000003.done"), new byte[10]);
    try (SpoolFolder adopted = root.adopt(only(), Elements.DESTINATION).orElseThrow()) {
      assertThat(adopted.path()).isDirectoryNotContaining("glob:**.new");
      assertThat(adopted.path()).isDirectoryNotContaining("glob:**.done");
      assertThat(adopted.numbers()).containsExactly(1);
    }
  }

  @Test
  void namesAreSafeAndDifferByDestination() throws IOException {
    Destination arn =
        new Destination("arn:aws:kinesis:us-east-1:1:stream/../a.b", "", "http://localhost:1");
    try (SpoolFolder folder = root.create(arn, "..", 1)) {
      assertThat(folder.path().getParent()).isEqualTo(root.path());
      assertThat(only().card().destination()).isEqualTo(arn);
    }
    assertThat(OTHER.folderPrefix())
        .startsWith("firehose-")
        .isNotEqualTo(Elements.DESTINATION.folderPrefix());
    assertThat(arn).hasToString(arn.stream() + " at http://localhost:1");
    assertThatThrownBy(() -> new Destination("a\nb", "", ""))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
