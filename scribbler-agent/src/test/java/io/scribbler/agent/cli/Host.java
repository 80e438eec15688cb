package io.scribbler.agent.cli;

import io.scribbler.agent.Agent;
import io.scribbler.agent.aws.AwsAccess;
import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.config.StdinSourceConfig;
import io.scribbler.agent.config.StreamConfig;
import io.scribbler.agent.deadletter.DeadLetter;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import io.scribbler.record.Message;
import io.scribbler.record.RecordReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/** A host with a spool, a stream that it delivers to, and what is typed there. */
final class Host implements AutoCloseable {
  static final String STREAM = "s";

  final Path spool;
  final LocalStream local;

  Host(Path dir) {
    spool = dir.resolve("spool");
    local = LocalStream.start(LocalOptions.defaults().withPort(0).withStream(STREAM, 1));
  }

  /** What a command did. */
  record Ran(int code, String out, String err) {
    List<String> lines() {
      return out.lines().toList();
    }
  }

  /** Runs {@code scribbler} within this process. */
  @SuppressWarnings("SystemOut") // it is what commands write to
  static Ran run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      CommandLine command = Scribbler.commandLine();
      command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
      int code = command.execute(args);
      return new Ran(code, out + bytes.toString(StandardCharsets.UTF_8), err.toString());
    } finally {
      System.setOut(before);
    }
  }

  StreamConfig stream() {
    return StreamConfig.builder(STREAM).region("us-east-1").endpoint(local.endpoint()).build();
  }

  /** An agent's settings, which gives up soon. */
  AgentConfig config() {
    return AgentConfig.builder()
        .producer("p")
        .spoolPath(spool)
        .shutdownTimeout(Duration.ofSeconds(2))
        .sources(List.of(StdinSourceConfig.builder().build()))
        .streams(List.of(stream()))
        .build();
  }

  /** An agent that holds these messages and can't deliver them, since the stream is down. */
  Agent holding(DeadLetter... messages) throws Exception {
    local.goDown();
    Agent agent = Agent.withoutSources(config(), "test", false, folder -> false);
    agent.start();
    for (DeadLetter message : messages) {
      agent.resender().send(message);
    }
    return agent;
  }

  /** Leaves messages in the spool, as an agent does that must end. */
  void leave(DeadLetter... messages) throws Exception {
    Agent agent = holding(messages);
    agent.endWithin(Duration.ZERO);
    agent.stop();
    local.comeUp();
  }

  /** A message with an identity of its own. */
  static DeadLetter message(String topic, long sequence, String text) {
    return message(topic, sequence, "", text);
  }

  static DeadLetter message(String topic, long sequence, String key, String text) {
    byte[] data = text.getBytes(StandardCharsets.UTF_8);
    return new DeadLetter(
        STREAM, topic, "p", 7, sequence, key, "refused", data.length, ByteBuffer.wrap(data));
  }

  /** All that the stream has, as {@code topic producer/epoch/sequence text}. */
  List<String> delivered() {
    List<String> found = new ArrayList<>();
    try (KinesisClient client = AwsAccess.kinesis(stream())) {
      String iterator =
          client
              .getShardIterator(
                  r ->
                      r.streamName(STREAM)
                          .shardId("shardId-000000000000")
                          .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
              .shardIterator();
      for (List<Record> records = null; records == null || !records.isEmpty(); ) {
        String from = iterator;
        var answer = client.getRecords(r -> r.shardIterator(from));
        records = answer.records();
        iterator = answer.nextShardIterator();
        for (Record record : records) {
          for (Message m : RecordReader.messages(record.data().asByteArray())) {
            found.add(
                "%s %s/%d/%d %s"
                    .formatted(
                        m.topic(),
                        m.producer(),
                        m.epoch(),
                        m.sequence(),
                        new String(m.data(), StandardCharsets.UTF_8)));
          }
        }
      }
    }
    return found;
  }

  @Override
  public void close() {
    local.close();
  }
}
