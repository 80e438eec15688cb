package io.scribbler.agent;

import io.scribbler.agent.config.StreamConfig;
import io.scribbler.agent.log.RateLimitedLog;
import io.scribbler.agent.send.RecordPutter.Failure;
import io.scribbler.agent.send.RecordPutter.Kind;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says what hinders a stream's delivery: at once, then once a minute, with what mends it. */
final class Trouble {
  private static final Logger LOG = LoggerFactory.getLogger(Trouble.class);

  private final StreamConfig stream;
  private final RateLimitedLog log;
  private final Optional<Consumer<Agent.End.Failed>> failFast;
  private volatile String last = ""; // written by the sender's thread

  /** What an operator must mend is told to {@code failFast}, if there, and not logged. */
  Trouble(StreamConfig stream, RateLimitedLog log, Optional<Consumer<Agent.End.Failed>> failFast) {
    this.stream = stream;
    this.log = log;
    this.failFast = failFast;
  }

  void failed(Failure failure) {
    String text = "stream " + stream.name() + ": " + failure.text() + remedy(failure);
    last = failure.text() + remedy(failure);
    if (failure.kind() == Kind.HOLD || failure.kind() == Kind.REFUSED) {
      failFast.ifPresentOrElse(
          end -> end.accept(new Agent.End.Failed(text)),
          () -> log.error(stream.name() + failure.kind(), text + "; holding what comes"));
    } else {
      log.warn(stream.name() + failure.kind(), text + "; trying again");
    }
  }

  /** What hindered it last, and what mends it; "" if nothing has. Any thread. */
  String last() {
    return last;
  }

  void news(String text) {
    LOG.info("stream {}: {}", stream.name(), text);
  }

  private static String remedy(Failure failure) {
    String text = failure.text();
    if (text.startsWith("ResourceNotFound")) {
      return " — create the stream, or correct --stream, --region or --endpoint";
    }
    if (text.startsWith("AccessDenied")) {
      return " — allow kinesis:PutRecords and kinesis:ListShards on the stream";
    }
    if (text.startsWith("KMS")) {
      return " — mend the stream's key or its policy";
    }
    if (failure.kind() == Kind.REFUSED) {
      return " — if one record is to blame, it is found as soon as others are sent with it; with"
          + " ordering: strict and one lane none is, so run with ordering: relaxed until it is";
    }
    return failure.kind() == Kind.HOLD ? " — mend the credentials" : "";
  }
}
