package io.scribbler.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.deadletter.DeadLetter;
import io.scribbler.agent.deadletter.DeadLetters;
import io.scribbler.agent.deadletter.LetterFiles;
import io.scribbler.agent.deadletter.Letters;
import io.scribbler.agent.spool.SpoolFolders;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class RedriveTest {
  @TempDir private Path dir;
  private Host host;
  private Path letters;

  @BeforeEach
  void open() {
    host = new Host(dir);
    letters = host.config().spool().deadLetters();
  }

  @AfterEach
  void close() {
    host.close();
  }

  /** By an agent of before, with a name of its own. */
  private void write(DeadLetter... all) {
    try (DeadLetters to =
        new DeadLetters(letters, "before", 1 << 30, Clock.systemUTC(), text -> {})) {
      to.add(Letters.of(List.of(all)), () -> {}, () -> {});
    }
  }

  private int redrive(boolean dryRun) throws IOException, InterruptedException {
    return new Redrive(host.config(), dryRun).run(List.of(), new Stopping());
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(letters)) {
      return all.map(p -> p.getFileName().toString().replaceFirst("^.*\\.jsonl", "X"))
          .filter(name -> name.startsWith("X"))
          .sorted()
          .toList();
    }
  }

  private static DeadLetter anonymous(String text) {
    DeadLetter m = Host.message("t", 0, text);
    return new DeadLetter("s", "t", "", 0, 0, "k", "refused", m.length(), m.data());
  }

  @Test
  void messagesKeepTheirIdentityInWhateverOrderTheyCome() throws Exception {
    write(
        Host.message("t", 5, "five"),
        Host.message("t", 6, "six"),
        Host.message("t", 7, "a", "seven"),
        Host.message("t", 8, "b", "eight"),
        Host.message("t", 9, "a", "nine"),
        Host.message("u", 10, "ten"),
        Host.message("t", 2, "two"),
        Host.message("t", 3, "three"),
        Host.message("t", 100, "hundred"));
    assertThat(redrive(true)).isZero();
    assertThat(files()).containsExactly("X");
    assertThat(redrive(false)).isZero();
    assertThat(host.delivered())
        .containsExactlyInAnyOrder(
            "t p/7/5 five",
            "t p/7/6 six",
            "t p/7/7 seven",
            "t p/7/8 eight",
            "t p/7/9 nine",
            "u p/7/10 ten",
            "t p/7/2 two",
            "t p/7/3 three",
            "t p/7/100 hundred");
    assertThat(files()).containsExactly("X.redriven");
    assertThat(redrive(false)).isZero();
    assertThat(host.delivered()).hasSize(9);
  }

  @Test
  void whatHasNoIdentityGetsANewOne() throws Exception {
    write(anonymous("one"), anonymous("two"));
    assertThat(redrive(false)).isZero();
    assertThat(host.delivered()).hasSize(2).allMatch(m -> m.matches("t p/\\d{10,}/[01] (one|two)"));
  }

  @Test
  void whatIsNotWholeIsTold() throws Exception {
    write(
        new DeadLetter("s", "t", "", 0, 0, "", "too_long", 2, ByteBuffer.wrap(new byte[] {'x'})),
        new DeadLetter("s", "t", "", 0, 0, "", "record", 1, ByteBuffer.wrap(new byte[] {'x'})),
        Host.message("t", 1, "one"));
    Path file = LetterFiles.in(letters).get(0);
    Files.writeString(file, Files.readString(file) + "{\"time");
    assertThat(redrive(true)).isEqualTo(AgentRun.KEPT);
    assertThat(redrive(false)).isEqualTo(AgentRun.KEPT);
    assertThat(host.delivered()).containsExactly("t p/7/1 one");
    assertThat(files()).containsExactly("X.redriven");
  }

  @Test
  void lettersForStreamsThatAreNotGivenStay() throws Exception {
    DeadLetter m = Host.message("t", 1, "one");
    write(m, new DeadLetter("other", "t", "", 0, 0, "", "refused", m.length(), m.data()));
    assertThat(redrive(false)).isEqualTo(AgentRun.KEPT);
    assertThat(files()).containsExactly("X");
    assertThat(host.delivered()).isEmpty();
  }

  /** What the stream does not take is in the spool then: it is not lost, and not sent twice. */
  @Test
  void whileTheStreamIsDownLettersBecomeRecordsInTheSpool() throws Exception {
    write(Host.message("t", 1, "one"), Host.message("t", 2, "two"));
    host.local.goDown();
    assertThat(redrive(false)).isEqualTo(AgentRun.KEPT);
    assertThat(files()).containsExactly("X.redriven");
    assertThat(new SpoolFolders(host.spool).list()).hasSize(1);
    host.local.comeUp();
    LeftFolders left = new LeftFolders(host.config());
    assertThat(SpoolReplayCommand.replay(left, path -> true, false, new Stopping())).isZero();
    assertThat(host.delivered()).containsExactly("t p/7/1 one", "t p/7/2 two");
  }

  @Test
  void aRedriveThatDiedIsTakenUp() throws Exception {
    write(Host.message("t", 1, "one"));
    try (LetterFiles claimed = LetterFiles.lock(letters).orElseThrow()) {
      claimed.claim(LetterFiles.in(letters).get(0));
      assertThat(redrive(false)).isEqualTo(AgentRun.FAILED); // it is at work
    }
    write(Host.message("t", 2, "two"));
    assertThat(files()).containsExactly("X", "X.redriving");
    assertThat(redrive(false)).isZero();
    assertThat(host.delivered()).containsExactlyInAnyOrder("t p/7/1 one", "t p/7/2 two");
    assertThat(files()).containsExactly("X.2.redriven", "X.redriven");
  }
}
