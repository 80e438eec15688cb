package io.scribbler.firehose;

import io.scribbler.consumer.reading.ShardLookup;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** {@code firehose lag}: how far an application came. */
@Command(
    name = "lag",
    description = {
      "Shows how far a consumer's application came in each shard, and how far that is behind.",
      "BEHIND is the age of the first record that is not done, 0.0 s when there is none. Each shard"
          + " is read once, which counts in the five reads a second that a shard allows."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class LagCommand implements Callable<Integer> {
  @ParentCommand private Firehose firehose;
  @Spec private CommandSpec spec;
  @Mixin private StreamOptions streamOptions;
  @Mixin private StoreOptions storeOptions;
  @Mixin private LogOptions logOptions;

  @Option(names = "--json", description = "a line of JSON for each shard")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException, IOException {
    Console console = firehose.console();
    logOptions.apply(console);
    try (ProgressStore store =
            storeOptions.open(streamOptions.location(), streamOptions.stream(), console);
        KinesisClient client = streamOptions.connect(console)) {
      List<ShardLine> lines = Lag.of(store, new ShardLookup(client, streamOptions.stream()));
      if (store.paused()) {
        console
            .err()
            .println(
                spec.qualifiedName()
                    + ": application "
                    + storeOptions.application()
                    + " is paused");
      }
      new Output(console.out(), () -> {})
          .print(
              json
                  ? ShardTable.json(
                      storeOptions.application(), streamOptions.stream().name(), lines)
                  : ShardTable.text(lines, true));
      return Firehose.OK;
    }
  }
}
