package io.scribbler.agent.send;

import java.util.ArrayList;
import java.util.List;

/**
 * Fills requests from the lanes, one record of each in turn, up to the limits of a request and as
 * far as each lane's rate allows. Owned by the sender.
 */
final class RequestBuilder {
  private final int maxRecords;
  private final int maxBytes;
  private final boolean strict;
  private int turn; // the lane that goes first next time
  private long readyAt;

  RequestBuilder(SenderSettings settings) {
    maxRecords = settings.maxRequestRecords();
    maxBytes = settings.maxRequestBytes();
    strict = settings.strict();
  }

  /**
   * The next request, or null if no record may leave now; then {@link #readyAt} tells when.
   *
   * @param most how many records it may have, if that is fewer than the limit
   */
  Request next(List<Lane> lanes, int most, long nowNanos) {
    int recordLimit = Math.min(most, maxRecords);
    List<SealedRecord> records = new ArrayList<>();
    List<Lane> from = new ArrayList<>();
    long bytes = 0;
    readyAt = Long.MAX_VALUE;
    boolean more = true;
    while (more) {
      more = false;
      for (int i = 0; i < lanes.size(); i++) {
        Lane lane = lanes.get((turn + i) % lanes.size());
        SealedRecord record = lane.peek();
        if (record == null || (strict && !lane.inFlight.isEmpty())) {
          continue;
        }
        long ready = lane.rate.readyAt(nowNanos);
        if (ready - nowNanos > 0) {
          readyAt = readyAt == Long.MAX_VALUE || ready - readyAt < 0 ? ready : readyAt;
          continue;
        }
        boolean full = records.size() == recordLimit || bytes + record.size() > maxBytes;
        if (full && !records.isEmpty()) {
          turn = (turn + i) % lanes.size();
          return new Request(records, from, nowNanos, null);
        }
        lane.take();
        lane.rate.sent(record.size());
        records.add(record);
        from.add(lane);
        bytes += record.size();
        more = true;
      }
    }
    return records.isEmpty() ? null : new Request(records, from, nowNanos, null);
  }

  /** When a lane that was passed over for its rate may send; {@link Long#MAX_VALUE} if none was. */
  long readyAt() {
    return readyAt;
  }
}
