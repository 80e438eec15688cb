package io.scribbler.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.scribbler.local.LocalOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.BitSet;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What goes wrong with the spool's disk. */
final class DiskFaults {
  private static final int MESSAGES = 400;
  private static final int BYTES = 4096;

  /** Bytes of Tape's own header, and of the length before each element. */
  private static final int TAPE_HEADER = 32;

  private static final int TAPE_LENGTH = 4;

  /** Of an element's prefix, which its header and the data follow. */
  private static final int PREFIX = 32;

  private final Torture.Options options;

  DiskFaults(Torture.Options options) {
    this.options = options;
  }

  /** The kinds of places in a spool's files. */
  private enum Place {
    TAPE_HEADER,
    TAPE_LENGTH,
    PREFIX_MAGIC,
    PREFIX_HEADER_LENGTH,
    PREFIX_DATA_LENGTH,
    PREFIX_CHECKSUM,
    HEADER,
    DATA,
    SECOND_ELEMENT,
    MARKS,
    CARD
  }

  void addTo(Map<String, Torture.Fault> faults) {
    faults.put("disk full", (dir, seed) -> full(dir));
    faults.put("a flipped bit in each kind of place", (dir, seed) -> damaged(dir, true));
    faults.put("a file cut short in each kind of place", (dir, seed) -> damaged(dir, false));
  }

  private Torture.Outcome full(Path dir) throws IOException, InterruptedException {
    try (BrokenDisk disk = BrokenDisk.small(dir.resolve("disk"));
        Rig rig =
            new Rig(
                Rig.Settings.in(options.program(), dir)
                    .keys("memory: 8MiB\nacks: disk")
                    .spool(disk.path().resolve("spool"), ", min-free: " + disk.minFree()),
                LocalOptions.defaults())) {
      rig.begin().listening();
      rig.client(new Resender.Client("app", 7, "hits", "disk", "lines", 1000, 20e6, 20_000));
      int times = options.times(5);
      for (int i = 0; i < times; i++) {
        rig.down(true);
        Life life = rig.life();
        rig.require(
            Until.within(Duration.ofMinutes(1), () -> life.watch().of("scribbler_spool_full") > 0),
            "the disk does not become full");
        Until.passed(options.time(5));
        rig.down(false);
        rig.awaitAcknowledged(1000);
      }
      return Torture.Outcome.of(times, rig, rig.settle());
    }
  }

  private Torture.Outcome damaged(Path dir, boolean flip) throws IOException, InterruptedException {
    long accepted = 0;
    long lost = 0;
    long aside = 0;
    long duplicated = 0;
    long unrecognised = 0;
    java.util.List<String> wrong = new java.util.ArrayList<>();
    for (Place place : Place.values()) {
      try (Rig rig = left(Files.createDirectory(dir.resolve(place.name())))) {
        Resender app = rig.clients().get(0);
        Path segment = BrokenDisk.segments(rig.spool()).get(0);
        byte[] before = Files.readAllBytes(segment);
        long cut = damage(segment, place, flip);
        rig.down(false);
        rig.begin().listening();
        rig.awaitMetric("scribbler_build_info", 1);
        Until.passed(Duration.ofSeconds(1)); // a folder without its card is nobody's
        awaitQuiet(rig);
        rig.life().terminate();
        StreamAudit.Tally tally = rig.count();
        BitSet kept = heads(app.client(), before, cut); // what the cut itself destroyed
        for (Path each : BrokenDisk.quarantined(rig.spool())) {
          kept.or(heads(app.client(), Files.readAllBytes(each), 0));
        }
        for (Path each : BrokenDisk.segments(rig.spool())) {
          kept.or(heads(app.client(), Files.readAllBytes(each), 0));
        }
        BitSet missing = new BitSet();
        missing.set(0, (int) app.acknowledged());
        missing.andNot(rig.audit().seen(app.client()));
        aside += missing.cardinality();
        missing.andNot(kept);
        aside -= missing.cardinality();
        lost += missing.cardinality();
        accepted += tally.accepted();
        duplicated += tally.duplicated();
        unrecognised += tally.unrecognised();
        wrong.addAll(rig.wrongAccounts());
      }
    }
    return new Torture.Outcome(
        Place.values().length,
        new StreamAudit.Tally(accepted, lost, duplicated, unrecognised),
        aside,
        wrong);
  }

  private static void awaitQuiet(Rig rig) {
    Life life = rig.life();
    Until.within(Duration.ofSeconds(20), () -> life.watch().of("scribbler_messages_on_disk") == 0);
  }

  /** A spool that a daemon has left, with a segment of several elements. */
  private Rig left(Path dir) throws IOException, InterruptedException {
    Rig rig =
        new Rig(
            Rig.Settings.in(options.program(), dir)
                .keys("memory: 8MiB\nacks: disk\nshutdown-timeout: 0s")
                .spool(dir.resolve("spool"), ", min-free: 0%")
                .stream(", compression: none, block-size: 64KiB, record-size: 128KiB"),
            LocalOptions.defaults());
    rig.begin().listening();
    rig.down(true);
    Resender app =
        rig.client(new Resender.Client("app", 7, "hits", "disk", "lines", BYTES, 8e6, MESSAGES));
    rig.awaitAcknowledged(MESSAGES);
    rig.require(app.finish(Duration.ofMinutes(1)), "no acknowledgements come");
    rig.require(rig.life().terminate() == 75, "nothing was left");
    return rig;
  }

  /** Damages a file; returns from where on the segment is gone, or its length. */
  private static long damage(Path segment, Place place, boolean flip) throws IOException {
    Path file =
        switch (place) {
          case MARKS -> marks(segment);
          case CARD -> segment.resolveSibling("destination");
          default -> segment;
        };
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      long at = position(channel, place);
      if (flip) {
        ByteBuffer one = ByteBuffer.allocate(1);
        channel.read(one, at);
        one.put(0, (byte) (one.get(0) ^ 4));
        channel.write(one.flip(), at);
      } else {
        channel.truncate(at);
      }
      return flip || !file.equals(segment) ? Files.size(segment) : at;
    }
  }

  /** The file of what is done, made if nothing is. */
  private static Path marks(Path segment) throws IOException {
    Path marks = Path.of(segment.toString().replaceAll("\\.tape$", ".done"));
    if (!Files.exists(marks) || Files.size(marks) == 0) {
      Files.write(marks, new byte[16]);
    }
    return marks;
  }

  private static long position(FileChannel file, Place place) throws IOException {
    long element = TAPE_HEADER + TAPE_LENGTH;
    ByteBuffer first = ByteBuffer.allocate(TAPE_HEADER + TAPE_LENGTH + PREFIX);
    file.read(first, 0);
    return switch (place) {
      case TAPE_HEADER -> 9;
      case TAPE_LENGTH -> TAPE_HEADER + 1;
      case PREFIX_MAGIC -> element;
      case PREFIX_HEADER_LENGTH -> element + 10;
      case PREFIX_DATA_LENGTH -> element + 17;
      case PREFIX_CHECKSUM -> element + 13;
      case HEADER -> element + PREFIX + 10;
      case DATA -> element + PREFIX + first.getInt((int) element + 8) + 2000;
      case SECOND_ELEMENT -> element + first.getInt(TAPE_HEADER) + TAPE_LENGTH + 2;
      case MARKS, CARD -> Math.min(9, file.size() - 1);
    };
  }

  /** The messages of a client whose beginnings are among bytes from a place on. */
  private static BitSet heads(Resender.Client client, byte[] bytes, long from) {
    BitSet found = new BitSet();
    int start = (int) Math.min(bytes.length, Math.max(0, from - BYTES));
    Matcher head =
        Pattern.compile(client.producer() + "/" + client.topic() + " ([0-9]{1,9}) ")
            .matcher(new String(bytes, start, bytes.length - start, ISO_8859_1));
    while (head.find()) {
      found.set(Integer.parseInt(head.group(1)));
    }
    return found;
  }
}
