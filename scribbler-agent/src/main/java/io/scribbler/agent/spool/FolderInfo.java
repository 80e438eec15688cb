package io.scribbler.agent.spool;

import java.nio.file.Path;

/**
 * A folder as it was found in the spool's root.
 *
 * @param owner the name of the user whose it is
 * @param state whether a process owns it
 * @param card what its file {@code destination} says; null when this user may not read it, or it is
 *     damaged
 * @param segments files of elements, those in quarantine left out
 * @param bytes of these and their marks
 * @param quarantined files of elements in quarantine
 */
record FolderInfo(
    Path path,
    String owner,
    State state,
    FolderCard card,
    int segments,
    long bytes,
    int quarantined) {
  /** Whether a process owns a folder. */
  enum State {
    /** A running process owns it. */
    LIVE,
    /** Nobody does: it can be adopted. */
    LEFT,
    /** This user may not look. */
    UNREADABLE
  }
}
