package io.scribbler.agent.spool;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.spool.FolderInfo.State;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Folders between processes. */
@Timeout(60)
final class FolderLockTest {
  @TempDir Path dir;
  private SpoolRoot root;
  private final List<Other> others = new ArrayList<>();

  /** Another process. */
  private final class Other {
    private final Process process;
    private final BufferedReader out;

    Other() throws IOException {
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xshare:auto",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Adopter.class.getName(),
                  dir.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      out = process.inputReader();
      others.add(this);
      assertThat(out.readLine()).isEqualTo("ready");
    }

    void go() throws IOException {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
    }

    boolean adopted() throws IOException {
      return out.readLine().equals("adopted");
    }

    void kill() throws InterruptedException {
      assertThat(process.destroyForcibly().waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @BeforeEach
  void root() {
    root = new SpoolRoot(dir);
  }

  @AfterEach
  void killAll() throws InterruptedException {
    for (Other other : others) {
      other.kill();
    }
  }

  @Test
  void ofTwoProcessesOneGetsAFolderAndItsDeathFreesIt() throws Exception {
    root.create(Elements.DESTINATION, "pixel-17", 1).close();
    Other first = new Other();
    Other second = new Other();
    for (int round = 0; round < 3; round++) {
      first.go();
      second.go();
      boolean firstGotIt = first.adopted();
      assertThat(second.adopted()).isNotEqualTo(firstGotIt);
      assertThat(root.list().get(0).state()).isEqualTo(State.LIVE);
      assertThat(root.adopt(root.list().get(0), Elements.DESTINATION)).isEmpty();
      if (firstGotIt) {
        first.kill();
        first = new Other();
      } else {
        second.kill();
        second = new Other();
      }
      assertThat(root.list().get(0).state()).isEqualTo(State.LEFT);
    }
    try (SpoolFolder mine = root.adopt(root.list().get(0), Elements.DESTINATION).orElseThrow()) {
      first.go();
      assertThat(first.adopted()).isFalse();
      assertThat(mine.numbers()).isEmpty();
    }
  }

  @Test
  void lookingDoesNotLoseThisProcessItsLock() throws Exception {
    try (SpoolFolder folder = root.create(Elements.DESTINATION, "pixel-17", 1)) {
      assertThat(root.list().get(0).state()).isEqualTo(State.LIVE);
      assertThat(root.adopt(root.list().get(0), Elements.DESTINATION)).isEmpty();
      Other other = new Other();
      other.go();
      assertThat(other.adopted()).isFalse();
      assertThat(folder.numbers()).isEmpty();
    }
  }
}
