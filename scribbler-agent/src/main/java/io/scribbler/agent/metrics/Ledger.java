package io.scribbler.agent.metrics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The agent's accounts: for each stream and topic, what came into memory and what left it, in
 * messages and bytes of data. Each term is counted where it happens, none is computed as the rest:
 *
 * <pre>
 *   accepted + recovered  =  delivered + spooled + dead-lettered + dropped  +  in memory
 *   └── came in ───────┘     └── went out ─────────────────────────────┘       └ asked of who holds it
 *
 *   found + spooled       =  recovered  +  on disk
 *   └── came to disk ──┘     └ left it     └ asked of who knows what lies there
 * </pre>
 *
 * <p>All but the last of each only grow: {@code spooled} counts what memory gave up since the disk
 * has it, {@code recovered} what was read back into memory, {@code found} what lives before left on
 * disk. Thread-safe: each stream has one short lock, which is taken once for each chunk or record,
 * never for each message.
 */
public final class Ledger {
  /** Topics of one stream with an account of their own; what comes after shares {@link #OTHER}. */
  static final int MAX_TOPICS = 20_000;

  /** The account that topics beyond {@link #MAX_TOPICS} share. */
  public static final String OTHER = "_other";

  private final Map<String, Stream> streams = new ConcurrentHashMap<>();

  /** Tells what it holds, by topic. Called under the lock of its stream. */
  @FunctionalInterface
  public interface Holder {
    void count(Tally tally);
  }

  /** Takes what is held. */
  @FunctionalInterface
  public interface Tally {
    void add(String topic, long messages, long bytes);
  }

  /**
   * Has the accounts read at a moment, and by a thread, in which no message is on its way from one
   * holder to another.
   */
  @FunctionalInterface
  public interface Reader {
    Map<String, Counts> read(Supplier<Map<String, Counts>> accounts);
  }

  /** The accounts of a stream; made when first asked for. */
  public Stream stream(String name) {
    return streams.computeIfAbsent(name, Stream::new);
  }

  /** Adds a place that holds messages of the stream in memory. */
  public void registerInMemory(String stream, Holder holder) {
    stream(stream).registerInMemory(holder);
  }

  /**
   * The accounts now: consistent for each stream, as it is read by the one who owns its messages.
   */
  public Snapshot snapshot() {
    Map<String, Map<String, Counts>> all = new TreeMap<>();
    streams.forEach((name, stream) -> all.put(name, stream.read()));
    return new Snapshot(all);
  }

  /** The accounts of one stream. */
  public static final class Stream {
    private final String name;
    private final Object lock = new Object();
    // Guarded by lock, in order of first appearance.
    private final Map<String, Topic> topics = new LinkedHashMap<>();
    private final List<Holder> holders = new ArrayList<>();
    private final List<Holder> disks = new ArrayList<>();
    private volatile Reader reader = Supplier::get;

    private Stream(String name) {
      this.name = name;
    }

    public String name() {
      return name;
    }

    /** The account of a topic; keep it rather than ask for each chunk. */
    public Topic topic(String topic) {
      synchronized (lock) {
        return account(topic);
      }
    }

    /** Adds a place that holds messages of this stream in memory. */
    public void registerInMemory(Holder holder) {
      synchronized (lock) {
        holders.add(holder);
      }
    }

    /** Adds a place that knows what of this stream lies on disk and not in memory. */
    public void registerOnDisk(Holder holder) {
      synchronized (lock) {
        disks.add(holder);
      }
    }

    /** From now on its accounts are read by that reader. */
    public void readBy(Reader by) {
      reader = by;
    }

    /** Who reads its accounts now. */
    public Reader reader() {
      return reader;
    }

    /** The accounts of all its topics. */
    public Map<String, Counts> read() {
      return reader.read(this::counts);
    }

    /**
     * Runs a move of several steps, such as "counted as held, counted as accepted", so that no
     * snapshot falls between them. Keep it short, take no other lock in it that is held elsewhere
     * while the ledger is called.
     */
    public void atomically(Runnable move) {
      synchronized (lock) {
        move.run();
      }
    }

    private Topic account(String topic) {
      Topic known = topics.get(topic);
      if (known == null) {
        String own = topics.size() < MAX_TOPICS ? topic : OTHER;
        known = topics.computeIfAbsent(own, t -> new Topic(lock));
      }
      return known;
    }

    private Map<String, Counts> counts() {
      synchronized (lock) {
        Map<String, Amount> inMemory = held(holders);
        Map<String, Amount> onDisk = held(disks);
        Map<String, Counts> counts = new LinkedHashMap<>();
        topics.forEach(
            (topic, account) ->
                counts.put(
                    topic,
                    account.counts(
                        inMemory.getOrDefault(topic, Amount.ZERO),
                        onDisk.getOrDefault(topic, Amount.ZERO))));
        return counts;
      }
    }

    private Map<String, Amount> held(List<Holder> by) {
      Map<String, Amount> held = new LinkedHashMap<>();
      for (Holder holder : by) {
        holder.count(
            (topic, messages, bytes) -> {
              account(topic);
              String own = topics.containsKey(topic) ? topic : OTHER;
              held.merge(own, new Amount(messages, bytes), Amount::plus);
            });
      }
      return held;
    }
  }

  /** The account of one topic of one stream. */
  public static final class Topic {
    private final Object lock;
    // Guarded by lock.
    private final Sum accepted = new Sum();
    private final Sum found = new Sum();
    private final Sum recovered = new Sum();
    private final Sum delivered = new Sum();
    private final Sum spooled = new Sum();
    private final Map<String, Sum> deadLettered = new TreeMap<>();
    private final Map<String, Sum> dropped = new TreeMap<>();

    private Topic(Object lock) {
      this.lock = lock;
    }

    /** Taken over from a source. */
    public void accepted(long messages, long bytes) {
      add(accepted, messages, bytes);
    }

    /** It lies on disk, where a life before left it. */
    public void found(long messages, long bytes) {
      add(found, messages, bytes);
    }

    /** Read from the spool into memory. */
    public void recovered(long messages, long bytes) {
      add(recovered, messages, bytes);
    }

    /** Kinesis has it. */
    public void delivered(long messages, long bytes) {
      add(delivered, messages, bytes);
    }

    /** The spool has it, and memory no longer. */
    public void spooled(long messages, long bytes) {
      add(spooled, messages, bytes);
    }

    /**
     * The dead-letter file has it.
     *
     * @param reason one of a few fixed words: it becomes a label
     */
    public void deadLettered(String reason, long messages, long bytes) {
      synchronized (lock) {
        deadLettered.computeIfAbsent(reason, r -> new Sum()).add(messages, bytes);
      }
    }

    /**
     * Nobody has it.
     *
     * @param reason one of a few fixed words: it becomes a label
     */
    public void dropped(String reason, long messages, long bytes) {
      synchronized (lock) {
        dropped.computeIfAbsent(reason, r -> new Sum()).add(messages, bytes);
      }
    }

    private void add(Sum sum, long messages, long bytes) {
      synchronized (lock) {
        sum.add(messages, bytes);
      }
    }

    private Counts counts(Amount inMemory, Amount onDisk) {
      return new Counts(
          accepted.amount(),
          recovered.amount(),
          delivered.amount(),
          spooled.amount(),
          amounts(deadLettered),
          amounts(dropped),
          inMemory,
          found.amount(),
          onDisk);
    }

    private static Map<String, Amount> amounts(Map<String, Sum> sums) {
      Map<String, Amount> amounts = new TreeMap<>();
      sums.forEach((reason, sum) -> amounts.put(reason, sum.amount()));
      return amounts;
    }
  }

  private static final class Sum {
    private long messages;
    private long bytes;

    void add(long moreMessages, long moreBytes) {
      messages += moreMessages;
      bytes += moreBytes;
    }

    Amount amount() {
      return new Amount(messages, bytes);
    }
  }
}
