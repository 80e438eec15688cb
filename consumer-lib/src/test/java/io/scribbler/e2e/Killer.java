package io.scribbler.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;

/** Kills daemons with SIGKILL at random moments of a kind. One thread. */
final class Killer {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** What a daemon does when it is killed. */
  enum Moment {
    /** Records go to Kinesis, which fails at times. */
    FLOW,
    /** Kinesis is down and memory is short: records go to disk. */
    SPILL,
    /** Records come back from disk. */
    REPLAY,
    /** It has just been started. */
    START
  }

  private final Rig rig;
  private final Random random;

  Killer(Rig rig, Random random) {
    this.rig = rig;
    this.random = random;
  }

  /**
   * Begins a life, waits for a moment of the kind and kills it some time later.
   *
   * @return what it was doing by its own account
   */
  Moment kill(Moment wanted) throws IOException, InterruptedException {
    return end(wanted, Life::kill);
  }

  /** As {@link #kill}, with SIGTERM; the exit code must be one that a stop may have. */
  Moment terminate(Moment wanted) throws IOException, InterruptedException {
    return end(
        wanted,
        life -> {
          Optional<Conservation> last = life.watch().scrape();
          int code = life.terminate();
          rig.require(code == 0 || code == 75 || last.isEmpty(), "exit code " + code);
          return last;
        });
  }

  private interface End {
    Optional<Conservation> of(Life life) throws InterruptedException;
  }

  private Moment end(Moment wanted, End end) throws IOException, InterruptedException {
    trouble(wanted == Moment.FLOW);
    rig.down(wanted == Moment.SPILL || wanted == Moment.REPLAY);
    Life life = rig.begin();
    if (wanted == Moment.START) {
      later(700);
      end.of(life);
      return Moment.START;
    }
    life.listening();
    switch (wanted) {
      case FLOW ->
          wait(
              life,
              page ->
                  page.of("scribbler_messages_delivered_total") > 0
                      && page.of("scribbler_messages_on_disk") == 0);
      case SPILL -> wait(life, page -> page.of("scribbler_messages_spooled_total") > 0);
      default -> {
        wait(life, page -> page.of("scribbler_messages_on_disk") > 500);
        rig.stream().faults().delay(Duration.ofMillis(100));
        rig.down(false);
        wait(life, page -> page.of("scribbler_messages_recovered_total") > 0);
      }
    }
    later(300);
    boolean down = wanted == Moment.SPILL;
    return end.of(life).map(page -> moment(page, down)).orElse(Moment.START);
  }

  private static Moment moment(Conservation page, boolean down) {
    if (page.of("scribbler_messages_accepted_total") == 0) {
      return Moment.START;
    }
    if (page.of("scribbler_messages_on_disk") == 0) {
      return Moment.FLOW;
    }
    return down ? Moment.SPILL : Moment.REPLAY;
  }

  private void trouble(boolean flow) {
    if (flow) {
      rig.stream().faults().reset().failRecords(0.1).dropAfterApplying(0.05);
      return;
    }
    rig.stream()
        .faults()
        .reset()
        .failRecords(random.nextInt(3) * 0.1)
        .errorRequests(random.nextInt(2) * 0.1)
        .dropBeforeReading(random.nextInt(2) * 0.05)
        .dropAfterApplying(random.nextInt(2) * 0.1);
  }

  private interface Seen {
    boolean in(Conservation page);
  }

  /** Waits until its metrics show something, or long enough. */
  private static void wait(Life life, Seen what) {
    Until.within(
        LIMIT,
        () -> {
          Optional<Conservation> page = life.watch().scrape();
          return !life.isAlive() || (page.isPresent() && what.in(page.get()));
        });
  }

  private void later(int millis) {
    Until.passed(Duration.ofMillis(random.nextInt(millis)));
  }
}
