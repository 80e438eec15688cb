package io.scribbler.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.consumer.StreamLocation;
import io.scribbler.consumer.reading.KinesisConnection;
import io.scribbler.firehose.Json;
import io.scribbler.firehose.Tool;
import io.scribbler.net.StreamName;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/**
 * A Kinesis for a test, and what programs are told to work with it.
 *
 * @param dir where programs keep what they have
 */
record Endpoint(URI uri, Path dir) {
  /** Starts the pipe with a file as its input. */
  Program pipe(Path input, String stream, String... more) {
    return Program.Setup.in(dir).withInput(input).scribbler(pipeArguments(stream, more));
  }

  /** Starts the pipe with its input left open. */
  Program openPipe(String stream, String... more) {
    return Program.Setup.in(dir).withPipe().scribbler(pipeArguments(stream, more));
  }

  List<String> pipeArguments(String stream, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("--stream", stream, "--endpoint", uri.toString(), "--spool", spool()));
    arguments.addAll(List.of(more));
    return arguments;
  }

  String spool() {
    return dir.resolve("spool").toString();
  }

  /** What {@code firehose tail} prints from the oldest message on, a character for each byte. */
  List<String> tail(String stream, String... more) {
    return new String(tailed(stream, more).outBytes(), StandardCharsets.ISO_8859_1)
        .lines()
        .toList();
  }

  /** What {@code firehose tail --json} prints from the oldest message on. */
  List<Map<String, Object>> tailJson(String stream, String... more) {
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.add("--json");
    return tailed(stream, arguments.toArray(String[]::new)).outLines().stream()
        .map(Json::object)
        .toList();
  }

  private Tool tailed(String stream, String... more) {
    List<String> arguments = new ArrayList<>(List.of("tail"));
    arguments.addAll(tailArguments(stream));
    arguments.addAll(List.of(more));
    Tool tool = Tool.run(Map.of(), arguments.toArray(String[]::new));
    assertThat(tool.exitCode()).as(tool.err()).isZero();
    return tool;
  }

  List<String> tailArguments(String stream) {
    return List.of(
        "--stream",
        stream,
        "--endpoint",
        uri.toString(),
        "--from",
        "oldest",
        "--until-idle",
        "400ms");
  }

  /** The SDK's own client of it. */
  KinesisClient client() {
    return KinesisConnection.open(
        new StreamLocation(StreamName.parse("any"), null, uri, null, null, null), Map.of());
  }

  void create(String stream, int shards) {
    try (KinesisClient client = client()) {
      client.createStream(r -> r.streamName(stream).shardCount(shards));
    }
  }

  /** How a configuration file names a stream, an item of its list. */
  String yaml(String stream, String more) {
    return "  - { name: " + stream + ", endpoint: \"" + uri + "\"" + more + " }\n";
  }
}
