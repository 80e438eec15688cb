package io.scribbler.agent;

import io.scribbler.agent.deadletter.DeadLetter;
import io.scribbler.agent.deadletter.DeadLetters;
import io.scribbler.agent.log.RateLimitedLog;
import io.scribbler.agent.send.RefusedRecords;
import io.scribbler.agent.send.SealedRecord;
import io.scribbler.record.Message;
import io.scribbler.record.RecordContext;
import io.scribbler.record.RecordReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes records that can't be sent apart and puts each of their messages into the dead-letter file.
 */
final class RefusedToDeadLetters implements RefusedRecords {
  private final String stream;
  private final DeadLetters deadLetters;
  private final RateLimitedLog log;

  RefusedToDeadLetters(String stream, DeadLetters deadLetters, RateLimitedLog log) {
    this.stream = stream;
    this.deadLetters = deadLetters;
    this.log = log;
  }

  @Override
  public void refuse(SealedRecord record, String reason, String why, Runnable stored) {
    log.error("refused", "stream " + stream + ": " + why + "; dead-lettered");
    String topic = record.blocks().get(0).account().name();
    List<DeadLetter> letters = new ArrayList<>();
    RecordContext context = new RecordContext(topic, record.partitionKey(), 0);
    for (Message message : RecordReader.messages(record.data(), context)) {
      int kept = Math.min(message.data().length, DeadLetter.MAX_DATA);
      letters.add(
          new DeadLetter(
              stream,
              message.topic(),
              message.key(),
              reason,
              message.data().length,
              ByteBuffer.wrap(message.data(), 0, kept)));
    }
    if (deadLetters.add(letters)) {
      stored.run();
    }
  }
}
