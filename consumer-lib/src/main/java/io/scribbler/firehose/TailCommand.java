package io.scribbler.firehose;

import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.reading.ReaderSettings;
import io.scribbler.consumer.reading.StreamReader;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** {@code firehose tail}: prints messages as they come. */
@Command(
    name = "tail",
    description = {
      "Prints the messages of a stream as they come, those of a shard in order.",
      "A message is printed as its bytes and a newline, or as a line of JSON. A record that can't"
          + " be read is said on standard error, the others go on, and the exit code is 1."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footer = {
      "",
      "A missing stream and missing credentials are waited for, and said once a minute.",
      "Ctrl-C and SIGTERM end it with exit code 0, or 1 if a record could not be read."
    })
final class TailCommand implements Callable<Integer> {
  @ParentCommand private Firehose firehose;
  @Spec private CommandSpec spec;
  @Mixin private StreamOptions streamOptions;
  @Mixin private RangeOptions range;
  @Mixin private LogOptions logOptions;

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      description =
          "only this topic; may be given several times; default: all that don't begin with _")
  private List<String> topics = List.of();

  @Option(names = "--json", description = "a line of JSON for each message")
  private boolean json;

  @Option(names = "--hex", description = "data as hexadecimal digits")
  private boolean hex;

  @Option(names = "--limit", paramLabel = "N", description = "ends after so many messages")
  private Long limit;

  @Option(
      names = "--topic-name",
      paramLabel = "TOPIC",
      description = "the topic of kpl and plain records, which name none; default: the stream")
  private String topicName;

  @Override
  public Integer call() throws InterruptedException, IOException {
    Console console = firehose.console();
    logOptions.apply(console);
    if (limit != null && limit < 0) {
      throw new ParameterException(spec.commandLine(), "--limit: a number of 0 or more");
    }
    String stream = streamOptions.stream().name();
    TailFormat format =
        new TailFormat(
            new TopicFilter(topics), json, hex, stream, topicName == null ? stream : topicName);
    Progress progress = new Progress(console);
    Output output = new Output(console.out(), progress::beforeWrite);
    BadRecords bad = new BadRecords(console.err(), spec.qualifiedName());
    Allowance allowance = new Allowance(limit == null ? Long.MAX_VALUE : limit);
    ReaderSettings settings = range.settings(streamOptions.stream(), StartPosition.newest(), null);
    try (KinesisClient client = streamOptions.connect(console);
        TailSink sink = new TailSink(format, output, allowance, bad, progress)) {
      StreamReader reader = StreamReader.start(client, settings, sink);
      return new ReadLoop()
          .run(
              reader,
              range.untilIdle(),
              allowance::isUsedUp,
              () -> progress.tick(output, reader.millisBehind()),
              () -> {
                progress.erase();
                return bad.exitCode();
              });
    }
  }
}
