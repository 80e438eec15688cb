package io.scribbler.agent.cli;

import io.scribbler.agent.Agent;
import io.scribbler.agent.config.AdminConfig;
import io.scribbler.agent.config.AgentConfig;
import io.scribbler.agent.config.StdinSourceConfig;
import io.scribbler.agent.config.StreamConfig;
import io.scribbler.local.LocalOptions;
import io.scribbler.local.LocalStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * Sends standard input into an embedded stream of its own, so that a class archive can be made of
 * what that loads. Part of the build, not for people.
 */
@Command(name = "warm-up", hidden = true, description = "Used to make the class archive.")
final class WarmUpCommand implements Callable<Integer> {
  private static final String STREAM = "warm-up";

  @Override
  public Integer call() throws Exception {
    Logs.set(io.scribbler.agent.config.LogConfig.DEFAULT);
    Path dir = Files.createTempDirectory("scribbler-warm-up");
    try (LocalStream local =
        LocalStream.start(LocalOptions.defaults().withPort(0).withStream(STREAM, 1))) {
      AgentConfig config =
          AgentConfig.builder()
              .spoolPath(dir)
              .admin(new AdminConfig("127.0.0.1", 0))
              .sources(List.of(StdinSourceConfig.builder().build()))
              .streams(
                  List.of(
                      StreamConfig.builder(STREAM)
                          .region("us-east-1")
                          .endpoint(local.endpoint())
                          .build()))
              .build();
      Agent agent = new Agent(config, Version.number(), true);
      agent.start();
      agent.await();
      agent.stop();
    } finally {
      Files.deleteIfExists(dir.resolve("epoch"));
      Files.deleteIfExists(dir);
    }
    return AgentRun.OK;
  }
}
