package io.scribbler.agent.deadletter;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The file of what can't be delivered: one JSON object a line, in {@code <dir>/<producer>-<UTC
 * date>.jsonl}, made for the user only.
 *
 * <pre>
 * {"time":"2026-11-22T17:03:11.123Z","stream":"firehose","topic":"clicks","key":"","reason":"too-long",
 *  "length":1048577,"data":"the first 64 KiB"}           "data_base64" instead of "data" when they are no UTF-8
 * </pre>
 *
 * <p>What {@link #add} says is stored is on the disk. A disk that fails is told to {@code trouble},
 * never thrown at the data path. Thread-safe; a call waits for the disk.
 */
public final class DeadLetters implements AutoCloseable {
  /** How large all files may grow together unless told otherwise: 1 GiB. */
  public static final long DEFAULT_MAX_BYTES = 1L << 30;

  private static final JsonFactory JSON = new JsonFactory();

  private final Path dir;
  private final String producer;
  private final long maxBytes;
  private final Clock clock;
  private final Consumer<String> trouble;

  // Guarded by this.
  private LocalDate day;
  private Path path;
  private FileChannel file;
  private long end;
  private long stored;

  /**
   * Dead letters of a producer.
   *
   * @param dir made when the first one comes
   * @param maxBytes how large all files in {@code dir} may grow together; what comes after is not
   *     stored
   * @param trouble is told, in one line, when something could not be stored
   */
  public DeadLetters(
      Path dir, String producer, long maxBytes, Clock clock, Consumer<String> trouble) {
    this.dir = dir;
    this.producer = producer;
    this.maxBytes = maxBytes;
    this.clock = clock;
    this.trouble = trouble;
  }

  /** Stores one letter; {@link #add(List)} says the rest. */
  public boolean add(DeadLetter letter) {
    return add(List.of(letter));
  }

  /**
   * Stores all letters or none, and returns when they are on the disk.
   *
   * @return whether they are stored; if not, the caller counts them as dropped
   */
  public synchronized boolean add(List<DeadLetter> letters) {
    if (letters.isEmpty()) {
      return true;
    }
    Instant now = clock.instant();
    try {
      byte[] lines = lines(letters, now);
      open(LocalDate.ofInstant(now, ZoneOffset.UTC));
      if (sizeOfAll() + lines.length > maxBytes) {
        trouble.accept(
            "dead letters not stored: "
                + dir
                + " has reached "
                + maxBytes
                + " bytes; look into its files and move them away");
        return false;
      }
      append(lines);
      stored += letters.size();
      return true;
    } catch (IOException e) {
      trouble.accept("dead letters not stored: " + dir + ": " + e + "; free or mend the disk");
      abandon();
      return false;
    }
  }

  /** How many letters this process has stored. */
  public synchronized long count() {
    return stored;
  }

  /** The directory of the files. */
  public Path dir() {
    return dir;
  }

  @Override
  public synchronized void close() {
    abandon();
  }

  private void open(LocalDate today) throws IOException {
    if (file != null && today.equals(day) && Files.exists(path)) {
      return;
    }
    abandon();
    Files.createDirectories(
        dir, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    path = dir.resolve(producer + "-" + today + ".jsonl");
    file =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    day = today;
    end = file.size();
    syncDirectory();
    endTornLine();
  }

  /** A new file's name is on the disk only when its directory is. */
  private void syncDirectory() throws IOException {
    try (FileChannel directory = FileChannel.open(dir, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  /** A crash may have left the last line without its end. */
  private void endTornLine() throws IOException {
    ByteBuffer last = ByteBuffer.allocate(1);
    if (end > 0 && file.read(last, end - 1) == 1 && last.get(0) != '\n') {
      append(new byte[] {'\n'});
    }
  }

  /** Writes behind the last whole line; a part of a line that could not be completed is cut off. */
  private void append(byte[] lines) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(lines);
    long at = end;
    try {
      while (bytes.hasRemaining()) {
        at += file.write(bytes, at);
      }
      file.force(false);
      end = at;
    } catch (IOException e) {
      cutTo(end, e);
      throw e;
    }
  }

  private void cutTo(long size, IOException cause) {
    try {
      file.truncate(size);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private long sizeOfAll() throws IOException {
    long size = 0;
    try (var files = Files.newDirectoryStream(dir, "*.jsonl")) {
      for (Path each : files) {
        size += Files.size(each);
      }
    }
    return size;
  }

  private void abandon() {
    if (file == null) {
      return;
    }
    try {
      file.close();
    } catch (IOException e) {
      trouble.accept("dead letters: " + path + " not closed: " + e);
    }
    file = null;
  }

  private static byte[] lines(List<DeadLetter> letters, Instant now) throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (DeadLetter letter : letters) {
      try (JsonGenerator json = JSON.createGenerator(lines)) {
        json.writeStartObject();
        json.writeStringField("time", now.toString());
        json.writeStringField("stream", letter.stream());
        json.writeStringField("topic", letter.topic());
        json.writeStringField("key", letter.key());
        json.writeStringField("reason", letter.reason());
        json.writeNumberField("length", letter.length());
        writeData(json, letter.data());
        json.writeEndObject();
      }
      lines.write('\n');
    }
    return lines.toByteArray();
  }

  private static void writeData(JsonGenerator json, ByteBuffer data) throws IOException {
    int length = Math.min(data.remaining(), DeadLetter.MAX_DATA);
    ByteBuffer kept = data.slice(data.position(), length);
    // Text that is cut may end inside a character, which is then left out.
    CharBuffer text = CharBuffer.allocate(length);
    boolean cut = length < data.remaining();
    CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(kept, text, !cut);
    if (result.isUnderflow()) {
      json.writeStringField("data", text.flip().toString());
    } else {
      byte[] bytes = new byte[length];
      kept.get(0, bytes);
      json.writeBinaryField("data_base64", bytes);
    }
  }
}
