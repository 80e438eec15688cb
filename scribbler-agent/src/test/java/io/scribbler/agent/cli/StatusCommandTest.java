package io.scribbler.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.scribbler.agent.cli.Host.Ran;
import io.scribbler.agent.config.AdminConfig;
import io.scribbler.agent.metrics.AdminServer;
import io.scribbler.agent.metrics.Ledger;
import io.scribbler.agent.metrics.Metrics;
import io.scribbler.agent.metrics.SpoolStats;
import io.scribbler.agent.metrics.StatusPage;
import io.scribbler.agent.metrics.StreamStats;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusCommandTest {
  @TempDir private Path dir;
  private final Ledger ledger = new Ledger();
  private final Ledger.Topic topic = ledger.stream("s").topic("t");
  private AdminServer admin;
  private boolean up = true;

  @BeforeEach
  void serve() {
    StatusPage page =
        new StatusPage(
            new StatusPage.About("pixel-17", 77, "1.0", dir.toString()), ledger, () -> 5, 100);
    page.bind("s", "s in us-east-1", new Stats(), () -> "ResourceNotFound; create the stream");
    admin =
        AdminServer.start(
                new AdminConfig("127.0.0.1", 0),
                new Metrics(ledger, () -> 5, 100, "1.0"),
                page,
                () -> true,
                text -> {})
            .orElseThrow();
  }

  @AfterEach
  void close() {
    admin.close();
  }

  private Ran status(String... more) {
    String[] args = new String[more.length + 3];
    args[0] = "status";
    args[1] = "--admin";
    args[2] = "127.0.0.1:" + admin.port();
    System.arraycopy(more, 0, args, 3, more.length);
    return Host.run(args);
  }

  @Test
  void aHealthyAgentIsShownAndEndsWithZero() {
    topic.accepted(10, 1000);
    topic.delivered(7, 700);
    topic.deadLettered("too_long", 1, 100);
    topic.dropped("spool_full", 2, 200);
    Ran ran = status();
    assertThat(ran.code()).isZero();
    assertThat(ran.out())
        .startsWith("producer pixel-17, epoch 77, pid " + ProcessHandle.current().pid())
        .contains("memory 5 B of 100 B")
        .containsPattern("s in us-east-1 +up +10 +0 +7 ")
        .contains("1 too_long")
        .contains("2 spool_full")
        .contains("1.0 kB of 10.0 kB, full in 90.0 s")
        .doesNotContain("BALANCED", "down");
    assertThat(ran.err()).isEmpty();
  }

  @Test
  void whyDeliveryIsDownIsShown() {
    up = false;
    Ran ran = status();
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).contains("DOWN", "stream s is down: ResourceNotFound; create the stream");
  }

  /** A message that is lost anywhere fails the command. */
  @Test
  void accountsThatDontBalanceEndWithOne() {
    topic.accepted(10, 1000);
    topic.delivered(9, 900);
    Ran ran = status();
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).contains("NOT BALANCED", "s/t: came in");
    assertThat(status("--json").code()).isEqualTo(1);
  }

  @Test
  void jsonIsThePageAndTheFolders() {
    topic.accepted(1, 10);
    topic.delivered(1, 10);
    Ran ran = status("--json");
    assertThat(ran.code()).isZero();
    assertThat(ran.lines()).hasSize(1);
    assertThat(ran.out())
        .startsWith("{\"agent\":{\"producer\":\"pixel-17\",\"epoch\":77,")
        .contains("\"balanced\":true,\"imbalances\":[]")
        .contains("\"accepted\":{\"messages\":1,\"bytes\":10}")
        .contains("\"oldest_unsent_age_seconds\":1.5")
        .contains("\"seconds_until_full\":90.0")
        .endsWith("\"folders\":[]}\n");
  }

  @Test
  void withoutAnAgentTheSpoolIsShownAndItEndsWithOne() throws Exception {
    try (Host host = new Host(dir)) {
      host.leave(Host.message("t", 1, "x"));
      Ran ran =
          Host.run("status", "--admin", "127.0.0.1:" + freePort(), "--spool", "" + host.spool);
      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.out()).contains("s in us-east-1", " left ");
      assertThat(ran.err()).contains("no agent answers at 127.0.0.1:").contains("start it");
      Ran json =
          Host.run(
              "status", "--json", "--admin", "127.0.0.1:" + freePort(), "--spool", "" + host.spool);
      assertThat(json.out()).startsWith("{\"agent\":null,\"folders\":[{\"folder\":");
    }
  }

  /** Nothing listens there once it is closed. */
  private static int freePort() throws java.io.IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private final class Stats implements StreamStats, SpoolStats {
    @Override
    public double oldestUnsentAgeSeconds() {
      return 1.5;
    }

    @Override
    public boolean deliveryUp() {
      return up;
    }

    @Override
    public int inFlightRequests() {
      return 2;
    }

    @Override
    public int lanes() {
      return 4;
    }

    @Override
    public long spooledBytes() {
      return 0;
    }

    @Override
    public SpoolStats spool() {
      return this;
    }

    @Override
    public long usedBytes() {
      return 1000;
    }

    @Override
    public long maxBytes() {
      return 10_000;
    }

    @Override
    public boolean up() {
      return true;
    }

    @Override
    public boolean full() {
      return false;
    }

    @Override
    public double secondsUntilFull() {
      return 90;
    }

    @Override
    public long quarantinedSegments() {
      return 0;
    }
  }
}
