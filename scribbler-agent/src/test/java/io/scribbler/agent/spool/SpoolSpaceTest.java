package io.scribbler.agent.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scribbler.agent.spool.SpoolSpace.Room;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SpoolSpaceTest {
  private record Fake(long usable, long total) implements SpoolSpace.Disk {}

  @Test
  void theLastByteOfTheLimitMayBeUsed() throws IOException {
    SpoolSpace space = new SpoolSpace(new Fake(1000, 1000), 100, 0);
    assertThat(space.room(90, 10)).isEqualTo(Room.FREE);
    assertThat(space.room(90, 11)).isEqualTo(Room.FULL_MAX_SIZE);
    assertThat(space.room(200, 0)).isEqualTo(Room.FULL_MAX_SIZE);
    assertThat(space.room(0, Long.MAX_VALUE)).isEqualTo(Room.FULL_MAX_SIZE);
  }

  @Test
  void aShareOfTheFileSystemStaysFree() throws IOException {
    SpoolSpace space = new SpoolSpace(new Fake(150, 1000), Long.MAX_VALUE, 0.1);
    assertThat(space.room(0, 50)).isEqualTo(Room.FREE);
    assertThat(space.room(0, 51)).isEqualTo(Room.FULL_MIN_FREE);
  }

  @Test
  void theFileSystemOfTheRootIsAsked(@TempDir Path dir) throws IOException {
    assertThat(new SpoolSpace(dir, Long.MAX_VALUE, 0).room(0, 1)).isEqualTo(Room.FREE);
    assertThat(new SpoolSpace(dir, Long.MAX_VALUE, 1).room(0, 1)).isEqualTo(Room.FULL_MIN_FREE);
    SpoolSpace gone = new SpoolSpace(dir.resolve("gone"), Long.MAX_VALUE, 0);
    assertThatThrownBy(() -> gone.room(0, 1)).isInstanceOf(IOException.class);
  }
}
