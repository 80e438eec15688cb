package io.scribbler.firehose;

import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.reading.StreamReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** {@code firehose topics}: what is in a stream, by topic. */
@Command(
    name = "topics",
    description = {
      "Counts the messages of a stream by topic, with bytes, rates, producers and codecs.",
      "Only the blocks' headers are read: times are those of the first and the last block, and a"
          + " record's bytes are shared out among its blocks by their raw size. Without"
          + " --until-idle or --to it ends at what had arrived when it began; Ctrl-C prints what was"
          + " counted until then."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class TopicsCommand implements Callable<Integer> {
  @ParentCommand private Firehose firehose;
  @Spec private CommandSpec spec;
  @Mixin private StreamOptions streamOptions;
  @Mixin private RangeOptions range;
  @Mixin private LogOptions logOptions;

  @Option(names = "--json", description = "a line of JSON for each topic")
  private boolean json;

  @Option(
      names = "--topic-name",
      paramLabel = "TOPIC",
      description = "the topic of kpl and plain records, which name none; default: the stream")
  private String topicName;

  @Override
  public Integer call() throws InterruptedException, IOException {
    Console console = firehose.console();
    logOptions.apply(console);
    Progress progress = new Progress(console);
    Output output = new Output(console.out(), progress::beforeWrite);
    BadRecords bad = new BadRecords(console.err(), spec.qualifiedName());
    TopicTable table = new TopicTable();
    String topic = topicName == null ? streamOptions.stream().name() : topicName;
    Instant end = range.untilIdle() == null ? Instant.now() : null;
    try (KinesisClient client = streamOptions.connect(console)) {
      StreamReader reader =
          StreamReader.start(
              client,
              range.settings(streamOptions.stream(), StartPosition.oldest(), end),
              new TopicCounter(table, topic, bad, progress));
      return new ReadLoop()
          .run(
              reader,
              range.untilIdle(),
              () -> false,
              () -> progress.tick(output, reader.millisBehind()),
              () -> {
                progress.erase();
                byte[] text = (json ? table.json() : table.text()).getBytes(StandardCharsets.UTF_8);
                output.write(text, 0, text.length);
                return bad.exitCode();
              });
    }
  }
}
