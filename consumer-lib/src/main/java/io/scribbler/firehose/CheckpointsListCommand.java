package io.scribbler.firehose;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code firehose checkpoints ls}. */
@Command(
    name = "ls",
    description = "Shows what is stored of each shard; Kinesis is not asked.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class CheckpointsListCommand implements Callable<Integer> {
  @ParentCommand private CheckpointsCommand parent;
  @Mixin private StreamOptions streamOptions;
  @Mixin private StoreOptions storeOptions;
  @Mixin private LogOptions logOptions;

  @Option(names = "--json", description = "a line of JSON for each shard")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Console console = parent.console();
    logOptions.apply(console);
    try (ProgressStore store =
        storeOptions.open(streamOptions.location(), streamOptions.stream(), console)) {
      List<ShardLine> lines =
          store.shards().entrySet().stream()
              .map(shard -> ShardLine.stored(shard.getKey(), shard.getValue()))
              .toList();
      new Output(console.out(), () -> {})
          .print(
              json
                  ? ShardTable.json(
                      storeOptions.application(), streamOptions.stream().name(), lines)
                  : ShardTable.text(lines, false));
      return Firehose.OK;
    }
  }
}
