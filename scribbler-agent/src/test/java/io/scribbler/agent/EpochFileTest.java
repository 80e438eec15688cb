package io.scribbler.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EpochFileTest {
  private static final Instant NOW = Instant.parse("2026-11-24T06:30:00Z");

  @TempDir private Path dir;
  private final Random random = new Random(1);

  private long next(Instant now) throws IOException {
    return EpochFile.next(dir, InstantSource.fixed(now), random);
  }

  @Test
  void epochIsTheSecondAndTwentyRandomBits() throws IOException {
    long epoch = next(NOW);
    assertThat(epoch >> 20).isEqualTo(NOW.getEpochSecond());
    assertThat(epoch).isLessThan(1L << 53);
    assertThat(dir.resolve("epoch")).hasContent(epoch + "\n");
  }

  @Test
  void eachIsAboveTheLastWhateverTheClockSays() throws IOException {
    long last = next(NOW);
    for (int i = 0; i < 100; i++) {
      long epoch = next(NOW.minusSeconds(i * 86_400L));
      assertThat(epoch).isGreaterThan(last);
      last = epoch;
    }
    assertThat(next(NOW.plusSeconds(86_400)) >> 20).isEqualTo(NOW.getEpochSecond() + 86_400);
  }

  @Test
  void clonedHostsAtTheSameSecondDiffer() throws IOException {
    Set<Long> epochs = new HashSet<>();
    for (int host = 0; host < 20; host++) {
      epochs.add(
          EpochFile.next(dir.resolve("h" + host), InstantSource.fixed(NOW), new Random(host)));
    }
    assertThat(epochs).hasSize(20);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "\n", "12x", "-5", "9999999999999999", "99999999999999999999999", "\0\0\0"})
  void whatACrashOrAFaultLeftIsReplaced(String content) throws IOException {
    Files.writeString(dir.resolve("epoch"), content);
    long epoch = next(NOW);
    assertThat(epoch >> 20).isEqualTo(NOW.getEpochSecond());
    assertThat(next(NOW)).isGreaterThan(epoch);
  }
}
