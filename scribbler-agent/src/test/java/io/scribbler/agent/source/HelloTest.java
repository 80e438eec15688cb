package io.scribbler.agent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.scribbler.agent.batch.Identity;
import io.scribbler.agent.config.Acks;
import io.scribbler.agent.config.Framing;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HelloTest {
  @Test
  void allThatItMaySay() throws Hello.Unacceptable {
    assertThat(Hello.parse("SCRIBBLER/1"))
        .isEqualTo(
            new Hello(
                Optional.empty(), Optional.empty(), Acks.NONE, Optional.empty(), Optional.empty()));
    assertThat(Hello.parse("SCRIBBLER/1 topic=a.b-C_9 framing=length acks=memory key=u=1"))
        .isEqualTo(
            new Hello(
                Optional.of("a.b-C_9"),
                Optional.of(Framing.LENGTH),
                Acks.MEMORY,
                Optional.of("u=1"),
                Optional.empty()));
    assertThat(Hello.parse("SCRIBBLER/1  acks=none   framing=lines \r"))
        .isEqualTo(
            new Hello(
                Optional.empty(),
                Optional.of(Framing.LINES),
                Acks.NONE,
                Optional.empty(),
                Optional.empty()));
    assertThat(Hello.parse("SCRIBBLER/1 acks=disk").acks()).isEqualTo(Acks.DISK);
    assertThat(Hello.parse("SCRIBBLER/1 acks=stream").acks()).isEqualTo(Acks.STREAM);
  }

  @Test
  void clientWithAnIdentityOfItsOwn() throws Hello.Unacceptable {
    assertThat(Hello.parse("SCRIBBLER/1 producer=a.B-9_ epoch=9007199254740991 from=0").client())
        .contains(new Hello.Client(new Identity("a.B-9_", (1L << 53) - 1), 0));
    assertThat(
            Hello.parse("SCRIBBLER/1 from=9007199254740991 epoch=1 producer=" + "x".repeat(128))
                .client())
        .contains(new Hello.Client(new Identity("x".repeat(128), 1), (1L << 53) - 1));
  }

  @ParameterizedTest
  @CsvSource({
    "SCRIBBLER/2 topic=a, unknown version 2; this daemon speaks 1",
    "SCRIBBLER/, unknown version",
    "SCRIBBLER/1x, unknown version 1x",
    "SCRIBBLER/1 colour=red, unknown parameter colour",
    "SCRIBBLER/1 topic, topic must be",
    "SCRIBBLER/1 topic=_system, topic must be",
    "SCRIBBLER/1 topic=a/b, topic must be",
    "SCRIBBLER/1 topic=a topic=b, topic is given twice",
    "SCRIBBLER/1 framing=csv, framing must be lines or length",
    "SCRIBBLER/1 acks=all, acks must be none",
    "SCRIBBLER/1 =, unknown parameter",
    "SCRIBBLER/1 producer=p, 'producer, epoch and from must be given together'",
    "SCRIBBLER/1 producer=p epoch=1, 'producer, epoch and from must be given together'",
    "SCRIBBLER/1 epoch=1 from=0, 'producer, epoch and from must be given together'",
    "SCRIBBLER/1 producer=p/q epoch=1 from=0, producer must be",
    "SCRIBBLER/1 producer= epoch=1 from=0, producer must be",
    "SCRIBBLER/1 producer=p epoch=0 from=0, epoch must be a number from 1",
    "SCRIBBLER/1 producer=p epoch=9007199254740992 from=0, epoch must be a number",
    "SCRIBBLER/1 producer=p epoch=99999999999999999999 from=0, epoch must be a number",
    "SCRIBBLER/1 producer=p epoch=-1 from=0, epoch must be a number",
    "SCRIBBLER/1 producer=p epoch=1 from=9007199254740992, from must be a number from 0",
    "SCRIBBLER/1 producer=p epoch=1 from=x, from must be a number",
    "SCRIBBLER/1 producer=p epoch=1 from=, from must be a number"
  })
  void whatIsWrongIsSaid(String line, String why) {
    assertThatThrownBy(() -> Hello.parse(line))
        .isInstanceOf(Hello.Unacceptable.class)
        .hasMessageContaining(why.strip());
  }
}
