package io.scribbler.agent;

import io.scribbler.agent.batch.EncodedBlock;
import io.scribbler.agent.deadletter.DeadLetter;
import io.scribbler.agent.deadletter.DeadLetters;
import io.scribbler.agent.log.RateLimitedLog;
import io.scribbler.agent.send.RefusedBlocks;
import io.scribbler.record.FirehoseRecordBuilder;
import io.scribbler.record.Message;
import io.scribbler.record.RecordContext;
import io.scribbler.record.RecordFormat;
import io.scribbler.record.RecordReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes blocks that can't be sent apart and puts each of their messages into the dead-letter file.
 */
final class RefusedToDeadLetters implements RefusedBlocks {
  /** The reason under which they are counted and stored. */
  private static final String TOO_LARGE = "too_large";

  private final String stream;
  private final RecordFormat format;
  private final DeadLetters deadLetters;
  private final RateLimitedLog log;

  RefusedToDeadLetters(
      String stream, RecordFormat format, DeadLetters deadLetters, RateLimitedLog log) {
    this.stream = stream;
    this.format = format;
    this.deadLetters = deadLetters;
    this.log = log;
  }

  @Override
  public void refuse(EncodedBlock block) {
    var summary = block.summary();
    log.error("refused", "stream " + stream + ": " + block.refusal() + "; dead-lettered");
    String topic = summary.account().name();
    List<DeadLetter> letters = new ArrayList<>();
    for (Message message :
        RecordReader.messages(record(block), new RecordContext(topic, block.partitionKey(), 0))) {
      int kept = Math.min(message.data().length, DeadLetter.MAX_DATA);
      letters.add(
          new DeadLetter(
              stream,
              topic,
              message.key(),
              TOO_LARGE,
              message.data().length,
              ByteBuffer.wrap(message.data(), 0, kept)));
    }
    summary
        .account()
        .refused(TOO_LARGE, summary.count(), summary.dataBytes(), deadLetters.add(letters));
  }

  private byte[] record(EncodedBlock block) {
    if (format != RecordFormat.FIREHOSE) {
      return block.bytes();
    }
    FirehoseRecordBuilder record = new FirehoseRecordBuilder();
    record.add(block.bytes());
    return record.build();
  }
}
