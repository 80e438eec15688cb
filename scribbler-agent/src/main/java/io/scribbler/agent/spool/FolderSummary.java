package io.scribbler.agent.spool;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A folder of the spool, for people to look at.
 *
 * @param owner the name of the user whose it is
 * @param card who made it and for what; empty when this user may not read it, or it is damaged
 * @param segments files of records, those in quarantine left out
 * @param bytes of these and their marks
 * @param quarantined files of records in quarantine
 */
public record FolderSummary(
    Path path,
    String owner,
    State state,
    Optional<Card> card,
    int segments,
    long bytes,
    int quarantined) {

  /** Whether a process owns a folder. */
  public enum State {
    /** A running process owns it. */
    LIVE,
    /** Nobody does: the next agent of the same user and destination delivers it. */
    LEFT,
    /** This user may not look. */
    UNREADABLE
  }

  /**
   * Who made a folder.
   *
   * @param epoch the producer's life, an unsigned number
   * @param pid of the process that made it, which may be another than the one that owns it
   */
  public record Card(Destination destination, String producer, long epoch, long pid) {}

  static FolderSummary of(FolderInfo info) {
    FolderCard card = info.card();
    return new FolderSummary(
        info.path(),
        info.owner(),
        State.valueOf(info.state().name()),
        Optional.ofNullable(card)
            .map(c -> new Card(c.destination(), c.producer(), c.epoch(), c.pid())),
        info.segments(),
        info.bytes(),
        info.quarantined());
  }

  FolderInfo info() {
    return new FolderInfo(
        path, owner, FolderInfo.State.valueOf(state.name()), null, segments, bytes, quarantined);
  }
}
