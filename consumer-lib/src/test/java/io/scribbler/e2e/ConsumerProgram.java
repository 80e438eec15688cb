package io.scribbler.e2e;

import io.scribbler.consumer.Consumer;
import io.scribbler.consumer.ConsumerBuilder;
import io.scribbler.consumer.ConsumerMessage;
import io.scribbler.consumer.StartPosition;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;

/**
 * A consumer in a process of its own, to be killed: appends a line {@code SHARD SEQUENCE} for each
 * message that it handles to a file.
 *
 * <p>Arguments: endpoint, stream, state directory, output file.
 */
final class ConsumerProgram {
  private ConsumerProgram() {}

  public static void main(String[] args) throws Exception {
    try (OutputStream out = new FileOutputStream(args[3], true)) {
      Consumer consumer = builder(args, out).state(Path.of(args[2])).build();
      consumer.start();
      consumer.awaitFailure();
    }
  }

  static ConsumerBuilder builder(String[] args, OutputStream out) {
    return Consumer.builder().application("crash").stream(args[1])
        .region("us-east-1")
        .endpoint(URI.create(args[0]))
        .credentials(() -> AwsBasicCredentials.create("a", "b"))
        .startAt(StartPosition.oldest())
        .pollInterval(Duration.ofMillis(50))
        .checkpointInterval(Duration.ofMillis(100))
        .batchSize(500, 1 << 20)
        .onBatch(
            batch -> {
              StringBuilder lines = new StringBuilder();
              for (ConsumerMessage message : batch) {
                lines.append(message.shardId()).append(' ').append(message.sequence()).append('\n');
              }
              write(out, lines.toString());
            });
  }

  /** One write a batch: whole lines are there, or none, when the process is killed. */
  private static void write(OutputStream out, String lines) throws IOException {
    synchronized (out) {
      out.write(lines.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Starts one with this JVM's class path. */
  static Process start(Path log, String... args) throws IOException {
    return start(ConsumerProgram.class, log, args);
  }

  static Process start(Class<?> main, Path log, String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(args));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }
}
