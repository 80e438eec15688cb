package io.scribbler.agent.send;

import io.scribbler.agent.send.RecordPutter.Failure;
import java.util.ArrayList;
import java.util.List;

/**
 * The search for what makes Kinesis refuse a whole request: its halves are sent, and theirs, until
 * single records are refused or all is taken. Only if something of the request was taken are those
 * to blame; a refusal of everything is a matter of configuration. Owned by the sender.
 */
final class Bisection {
  private final List<SealedRecord> refused = new ArrayList<>();
  private final List<Lane> lanes = new ArrayList<>(); // of the refused ones
  private int open = 1; // requests that are not answered, or not sent yet
  private boolean accepted;
  private Failure failure;

  /** The halves of a refused request, to be sent in its place. */
  List<Request> halve(Request request, long nowNanos) {
    open++; // two in the place of one
    int half = request.records().size() / 2;
    return List.of(
        part(request, 0, half, nowNanos), part(request, half, request.records().size(), nowNanos));
  }

  private Request part(Request of, int from, int to, long nowNanos) {
    return new Request(
        of.records().subList(from, to), of.lanes().subList(from, to), nowNanos, this);
  }

  /** A request of one record was refused. */
  void refused(Request request, Failure why) {
    refused.add(request.records().get(0));
    lanes.add(request.lanes().get(0));
    failure = why;
    open--;
  }

  /** A request was answered otherwise. */
  void answered(boolean anyAccepted) {
    accepted |= anyAccepted;
    open--;
  }

  boolean over() {
    return open == 0;
  }

  /** Whether the refused records are to blame. */
  boolean found() {
    return accepted && !refused.isEmpty();
  }

  List<SealedRecord> refused() {
    return refused;
  }

  List<Lane> lanes() {
    return lanes;
  }

  /** Why the last one was refused; null if none was. */
  Failure failure() {
    return failure;
  }
}
