package io.scribbler.agent;

import io.scribbler.agent.deadletter.DeadLetter;
import io.scribbler.agent.deadletter.DeadLetters;
import io.scribbler.agent.deadletter.Letters;
import io.scribbler.agent.log.RateLimitedLog;
import io.scribbler.agent.send.RefusedRecords;
import io.scribbler.agent.send.SealedRecord;
import io.scribbler.record.BlockHeader;
import io.scribbler.record.RecordContext;
import io.scribbler.record.RecordFormatException;
import io.scribbler.record.RecordReader;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Takes records that can't be sent apart and puts each of their messages into the dead-letter file.
 * They are taken apart when they are written; until then the record is held as it is.
 */
final class RefusedToDeadLetters implements RefusedRecords {
  /** What a record is told under that can't be taken apart: its bytes are the letter's data. */
  static final String WHOLE_RECORD = "record";

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
    // What is lost at the end the sender tells, which holds the record until it is stored.
    deadLetters.add(to -> tell(record, reason, to), stored, () -> {});
  }

  private void tell(SealedRecord record, String reason, Letters.Writer to) throws IOException {
    String topic = record.blocks().get(0).account().name();
    RecordContext context = new RecordContext(topic, record.partitionKey(), 0);
    try (RecordReader reader = new RecordReader()) {
      reader.open(record.data(), 0, record.data().length, context);
      while (reader.nextBlock()) {
        while (reader.nextMessage()) {
          to.write(letter(reader, reason));
        }
      }
    } catch (RecordFormatException e) {
      to.write(
          new DeadLetter(
              stream,
              topic,
              "",
              0,
              0,
              record.partitionKey(),
              WHOLE_RECORD,
              record.data().length,
              ByteBuffer.wrap(record.data())));
    }
  }

  private DeadLetter letter(RecordReader reader, String reason) {
    BlockHeader block = reader.block();
    boolean identified = block.identified();
    return new DeadLetter(
        stream,
        block.topic(),
        identified ? block.producer() : "",
        identified ? block.epoch() : 0,
        identified ? reader.sequence() : 0,
        reader.key(),
        reason,
        reader.dataLength(),
        ByteBuffer.wrap(reader.array(), reader.dataOffset(), reader.dataLength()));
  }
}
