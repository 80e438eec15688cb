package io.scribbler.consumer.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The complete consumer of README.md is one that compiles, and short. */
final class EtlTest {
  @Test
  void theReadmeShowsThisClass() throws IOException {
    String source =
        Files.readString(Path.of("src/test/java/io/scribbler/consumer/examples/Etl.java"));
    String shown = source.substring(source.indexOf("public class")).strip();
    assertThat(Files.readString(Path.of("../README.md"))).contains(shown);
    assertThat(shown.lines().count()).isLessThan(20);
  }
}
