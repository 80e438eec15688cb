package io.scribbler.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class PipeUsageTest {
  @ParameterizedTest
  @CsvSource({
    "--topic t, --socket=PATH",
    "--socket s --topic _x, --topic: must be",
    "--socket s --when-full drop, '--when-full drop: loses messages, which --acks disk promises'",
    "--socket s --when-full drop --acks stream, which --acks stream promises",
    "--socket s --acks none, '--acks: must be memory, disk or stream'",
    "--socket s --producer a/b, --producer: must be",
    "--socket s --key a\tb, --key: must be",
    "--socket s --buffer 10MiB, --buffer: must be at least 11MiB",
    "--socket s --buffer 900GiB, --buffer: is too large",
    "--socket s --timeout soon, is no duration"
  })
  void wrongUsageNamesTheOption(String arguments, String why) {
    StringWriter said = new StringWriter();
    CommandLine program = Scribbler.commandLine().setErr(new PrintWriter(said));
    String[] words = ("pipe " + arguments).split(" ", -1);
    assertThat(program.execute(words)).isEqualTo(AgentRun.USAGE);
    assertThat(said.toString()).contains(why);
  }
}
