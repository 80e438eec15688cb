package io.scribbler.consumer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps dead letters in files, a JSON object a line, made for the user only: {@code
 * dead-letters-000001.jsonl} and so on in one directory.
 *
 * <pre>
 * {"time":"2026-11-24T17:03:11.123Z","stream":"firehose","shard":"shardId-000000000003",
 *  "position":"49590/12","kinesis_sequence":"49590","partition_key":"4","arrival_millis":1795539791000,
 *  "topic":"clicks",
 *  "producer":"pixel-17","epoch":1882346182463713,"sequence":4711,      left out when it has none
 *  "time_millis":1795539790123,"key":"","attributes":{},
 *  "reason":"handler_failed","cause":"java.sql.SQLException: value too long",
 *  "length":17,"data":"the message"}        "data_base64" instead of "data" when it is no UTF-8
 *
 * {"time": … "arrival_millis": …,
 *  "reason":"unreadable","cause":" … ","length":2031,"record_base64":" … "}
 * </pre>
 *
 * <p>A message is kept whole, also when the handler gets only some fields of it. The agent's own
 * dead letters have the same names for the same things. An epoch or sequence of 2^63 or more is a
 * string. {@code cause} has at most 2,000 characters. The position is behind the letter.
 *
 * <p>{@link #park} returns when the letter is on the disk; letters that several threads park at
 * once share one wait for it. What can't be written (disk full, no permission, the files have
 * reached their bound) throws, and nothing of it stays; after a crash, or when a disk fails, a
 * letter may be there twice, with the same position. A line that a crash cut is ended before the
 * next one is written, so all others stay whole.
 *
 * <p>Thread-safe. Several processes may share a directory, and files may be moved away at any time.
 */
public final class DeadLetterFile implements DeadLetterHandler, AutoCloseable {
  /** The size from which on a file takes no more, unless told otherwise: 64 MiB. */
  public static final long DEFAULT_FILE_BYTES = 64L << 20;

  /** What all files together may reach, unless told otherwise: 1 GiB. */
  public static final long DEFAULT_TOTAL_BYTES = 1L << 30;

  private final Path directory;
  private final LetterFolder folder;

  // Guarded by this.
  private final List<PendingLetter> waiting = new ArrayList<>();
  private boolean writing; // one of the parking threads writes, for others too
  private boolean closed;

  /** Dead letters in a directory, with the default bounds. */
  public DeadLetterFile(Path directory) throws IOException {
    this(directory, DEFAULT_FILE_BYTES, DEFAULT_TOTAL_BYTES);
  }

  /**
   * Dead letters in a directory.
   *
   * @param directory made if it is missing, for the user only
   * @param fileBytes the size from which on a file takes no more; the next one is begun then
   * @param totalBytes once all files have this size, letters are refused until files are moved away
   * @throws IOException if the directory is missing and can't be made
   */
  public DeadLetterFile(Path directory, long fileBytes, long totalBytes) throws IOException {
    if (fileBytes < 1 || totalBytes < fileBytes) {
      throw new IllegalArgumentException(
          "bounds: 1 <= a file's " + fileBytes + " bytes <= " + totalBytes + " bytes in all");
    }
    this.directory = directory;
    folder = new LetterFolder(directory, fileBytes, totalBytes);
  }

  /**
   * Keeps a letter.
   *
   * @throws IOException if it could not be written, in one line with what to do
   * @throws InterruptedException if interrupted before writing began; nothing is kept then
   */
  @Override
  public void park(DeadLetter letter) throws IOException, InterruptedException {
    PendingLetter mine = new PendingLetter(letter);
    List<PendingLetter> round = begin(mine);
    if (!round.isEmpty()) {
      write(round);
    }
    Throwable failure = mine.failure();
    if (failure != null) {
      throw new IOException(
          "dead letters can't be written to "
              + directory
              + ": "
              + CauseText.of(failure)
              + "; free or mend the disk, or move files away",
          failure);
    }
  }

  /** The letters for this thread to write; none when another one has written this letter. */
  private synchronized List<PendingLetter> begin(PendingLetter mine) throws InterruptedException {
    if (closed) {
      throw new IllegalStateException("this dead-letter file is closed");
    }
    waiting.add(mine);
    boolean interrupted = false;
    while (writing && !mine.isSettled()) {
      try {
        wait();
      } catch (InterruptedException e) {
        if (waiting.remove(mine)) {
          throw e;
        }
        interrupted = true; // its bytes are being read
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (mine.isSettled()) {
      return List.of();
    }
    writing = true;
    List<PendingLetter> round = List.copyOf(waiting);
    waiting.clear();
    return round;
  }

  private void write(List<PendingLetter> round) {
    boolean interrupted = Thread.interrupted(); // others' letters should not fail for it
    try {
      folder.append(round);
    } catch (IOException | RuntimeException | Error e) {
      round.forEach(each -> each.fail(e)); // whoever parked them throws it
    } finally {
      end(round);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized void end(List<PendingLetter> round) {
    round.forEach(PendingLetter::settle);
    writing = false;
    notifyAll();
  }

  /** Takes no more letters; what is being parked is not held up. Nothing is left open. */
  @Override
  public synchronized void close() {
    closed = true;
  }
}
