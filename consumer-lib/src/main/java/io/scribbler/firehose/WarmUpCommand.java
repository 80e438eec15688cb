package io.scribbler.firehose;

import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamLocation;
import io.scribbler.consumer.StreamRecord;
import io.scribbler.consumer.reading.KinesisConnection;
import io.scribbler.consumer.reading.ReaderSettings;
import io.scribbler.consumer.reading.ShardBatch;
import io.scribbler.consumer.reading.StreamReader;
import io.scribbler.net.StreamName;
import io.scribbler.record.BlockEncoder;
import io.scribbler.record.Codec;
import io.scribbler.record.FirehoseRecordBuilder;
import io.scribbler.record.MessageBuffer;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/**
 * Does a little of everything without needing anything, so that the archive of classes that the JVM
 * writes at its end, while the distribution is built, has what later runs load.
 */
@Command(name = "warm-up", hidden = true, description = "Loads what the archive of classes is for.")
final class WarmUpCommand implements Callable<Integer> {
  private static final StreamName STREAM = StreamName.parse("warm-up");

  /** Nobody listens there. */
  private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

  private static final Duration FOR = Duration.ofMillis(300);

  @ParentCommand private Firehose firehose;

  @Override
  public Integer call() throws InterruptedException {
    Console console = firehose.console();
    LogSetup.apply(LogSetup.Verbosity.ERROR, console.err());
    BadRecords bad = new BadRecords(console.err(), "warm-up");
    StreamLocation location = new StreamLocation(STREAM, null, NOWHERE, null, null, null);
    Output nowhere = new Output(OutputStream.nullOutputStream(), () -> {});
    TailFormat format = new TailFormat(new TopicFilter(List.of()), true, false, "s", "s");
    Allowance all = new Allowance(Long.MAX_VALUE);
    try (TailSink sink = new TailSink(format, nowhere, all, bad, new Progress(console));
        KinesisClient client = KinesisConnection.open(location, console.environment());
        StreamReader reader =
            StreamReader.start(client, ReaderSettings.of(STREAM, StartPosition.oldest()), sink)) {
      sink.handle(new ShardBatch("s", List.of(new StreamRecord("1", "k", 0, record())), 0));
      if (reader.awaitEnd(FOR)) {
        return Firehose.FAILURE;
      }
    }
    return bad.exitCode();
  }

  private static byte[] record() {
    byte[] data = "{\"event\":\"warm-up\"}".getBytes(StandardCharsets.UTF_8);
    MessageBuffer messages = new MessageBuffer(1024);
    messages.append(data, 0, data.length, 0, null);
    FirehoseRecordBuilder record = new FirehoseRecordBuilder();
    try (BlockEncoder encoder = new BlockEncoder(Codec.ZSTD)) {
      record.add(encoder.encode("t", "p", 1, 0, 0, Map.of(), messages));
    }
    return record.build();
  }
}
