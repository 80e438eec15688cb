package io.scribbler.record.examples;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.events.KinesisEvent;
import io.scribbler.record.Message;
import io.scribbler.record.RecordContext;
import io.scribbler.record.RecordReader;
import java.util.function.Consumer;

/** A Lambda function with a Kinesis trigger: every message of the batch, whatever its format. */
final class LambdaExample implements RequestHandler<KinesisEvent, Integer> {
  private final Consumer<Message> handler;

  LambdaExample(Consumer<Message> handler) {
    this.handler = handler;
  }

  @Override
  public Integer handleRequest(KinesisEvent event, Context lambda) {
    int handled = 0;
    for (KinesisEvent.KinesisEventRecord entry : event.getRecords()) {
      KinesisEvent.Record record = entry.getKinesis();
      RecordContext context =
          new RecordContext(
              "impressions",
              record.getPartitionKey(),
              record.getApproximateArrivalTimestamp().toInstant().toEpochMilli());
      byte[] data = new byte[record.getData().remaining()];
      record.getData().duplicate().get(data);
      for (Message message : RecordReader.messages(data, context)) {
        handler.accept(message);
        handled++;
      }
    }
    return handled;
  }
}
