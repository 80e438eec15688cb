package io.scribbler.firehose;

import io.scribbler.consumer.StartPosition;
import io.scribbler.consumer.StreamException;
import io.scribbler.consumer.reading.ShardLookup;
import io.scribbler.consumer.reading.ShardLookup.Listed;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** {@code firehose checkpoints reset}. */
@Command(
    name = "reset",
    description = {
      "Lets everything that arrived at a time or later be read again, or from now on only.",
      "Stop the consumer first. A shard that was split or merged since begins where it was open"
          + " then, and its children after it. Prints what was changed."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class CheckpointsResetCommand implements Callable<Integer> {
  @ParentCommand private CheckpointsCommand parent;
  @Spec private CommandSpec spec;
  @Mixin private StreamOptions streamOptions;
  @Mixin private StoreOptions storeOptions;
  @Mixin private LogOptions logOptions;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "TIME",
      converter = ToConverter.class,
      description =
          "oldest, now, so long ago (-5m; ms, s, m, h, d), an ISO-8601 time or milliseconds since"
              + " 1970, by when a record arrived in the stream")
  private StartPosition to;

  @Option(
      names = "--shard",
      paramLabel = "ID",
      description = "only this shard, from its first record at that time or later")
  private String shard;

  @Option(names = "--yes", description = "without asking")
  private boolean yes;

  @Option(
      names = "--force",
      description =
          "with KCL: although workers live, which lose their shards and read on from there")
  private boolean force;

  @Override
  public Integer call() throws InterruptedException, IOException {
    Console console = parent.console();
    logOptions.apply(console);
    Confirmation confirmation = new Confirmation(console, spec, yes);
    confirmation.check();
    if (shard != null && to.kind() == StartPosition.Kind.NEWEST) {
      throw usage("--shard needs a time or oldest: one shard is set to a record, not to its tip");
    }
    if (force && storeOptions.inFiles()) {
      throw usage("--force is for KCL; a process that reads with files has to be stopped");
    }
    try (ProgressStore store =
            storeOptions.open(streamOptions.location(), streamOptions.stream(), console);
        KinesisClient client = streamOptions.connect(console)) {
      Map<String, ProgressStore.Stored> before = store.shards();
      refuseIfBusy(store);
      ShardLookup lookup = new ShardLookup(client, streamOptions.stream());
      String changed =
          shard == null
              ? all(store, before, lookup, confirmation)
              : one(store, before, lookup, confirmation);
      new Output(console.out(), () -> {}).print(changed);
      return changed.isEmpty() ? Firehose.FAILURE : Firehose.OK;
    }
  }

  /** Before a person is asked, and after, since that takes time. */
  private void refuseIfBusy(ProgressStore store) throws IOException {
    Optional<String> busy = force ? Optional.empty() : store.busy();
    if (busy.isPresent()) {
      throw new IOException(busy.get());
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Every shard; returns what was changed, nothing if that was not wanted. */
  private String all(
      ProgressStore store,
      Map<String, ProgressStore.Stored> before,
      ShardLookup lookup,
      Confirmation confirmation)
      throws IOException, InterruptedException {
    StartPosition start = lasting(lookup);
    List<Listed> first = lookup.shards(start).stream().filter(Listed::isFirst).toList();
    if (!confirmation.given(
        String.format(
            "application %s reads %s from %s on: %d checkpoints are given up",
            storeOptions.application(),
            streamOptions.stream().name(),
            text(start),
            before.size()))) {
      return "";
    }
    refuseIfBusy(store);
    Optional<StartPosition> started = store.start();
    store.reset(start, first);
    Set<String> firstIds = first.stream().map(Listed::shardId).collect(Collectors.toSet());
    List<List<String>> rows = headings();
    rows.add(
        List.of("(start)", started.map(CheckpointsResetCommand::text).orElse("-"), text(start)));
    before.forEach(
        (shardId, stored) ->
            rows.add(
                List.of(
                    shardId,
                    committed(stored),
                    firstIds.contains(shardId) ? text(start) : "after its parents")));
    return TextTable.of(rows, Set.of());
  }

  /**
   * A start in milliseconds that stays what it is, and that the service doesn't find in the future.
   */
  private StartPosition lasting(ShardLookup lookup) throws IOException, InterruptedException {
    if (to.kind() == StartPosition.Kind.OLDEST) {
      return to;
    }
    lookup.shards(StartPosition.oldest());
    Instant now = lookup.listedAt();
    // Which is in whole seconds: what may still be of the same second is not in the future.
    boolean future = to.time() != null && to.time().isAfter(now.plusSeconds(1));
    return to.kind() == StartPosition.Kind.NEWEST || future
        ? StartPosition.at(now)
        : StartPosition.at(to.time().truncatedTo(ChronoUnit.MILLIS));
  }

  private String one(
      ProgressStore store,
      Map<String, ProgressStore.Stored> before,
      ShardLookup lookup,
      Confirmation confirmation)
      throws IOException, InterruptedException {
    if (lookup.shards(StartPosition.oldest()).stream()
        .noneMatch(listed -> listed.shardId().equals(shard))) {
      throw new StreamException(
          "stream " + streamOptions.stream().name() + " has no shard " + shard, null);
    }
    Optional<String> record = lookup.firstRecord(shard, to);
    if (record.isEmpty()) {
      throw new IOException(
          "shard " + shard + " has no record from " + text(to) + " on; nothing was changed");
    }
    if (!confirmation.given(
        String.format(
            "application %s reads %s of %s from %s on",
            storeOptions.application(), shard, streamOptions.stream().name(), text(to)))) {
      return "";
    }
    refuseIfBusy(store);
    store.reset(shard, to, record.get());
    List<List<String>> rows = headings();
    ProgressStore.Stored stored = before.get(shard);
    rows.add(List.of(shard, stored == null ? "-" : committed(stored), text(to)));
    return TextTable.of(rows, Set.of());
  }

  private static List<List<String>> headings() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("SHARD", "WAS", "IS"));
    return rows;
  }

  private static String committed(ProgressStore.Stored stored) {
    return stored.committed() == null ? "not begun" : stored.committed().toString();
  }

  private static String text(StartPosition position) {
    return position.time() == null ? "oldest" : position.time().toString();
  }

  private static final class ToConverter extends Converter<StartPosition> {
    ToConverter() {
      super(text -> TimeText.start(text, Instant.now(), ZoneId.systemDefault()));
    }
  }
}
