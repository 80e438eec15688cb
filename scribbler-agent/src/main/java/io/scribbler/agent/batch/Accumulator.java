package io.scribbler.agent.batch;

import io.scribbler.agent.config.Acks;
import io.scribbler.agent.metrics.Counts;
import io.scribbler.agent.metrics.Ledger;
import io.scribbler.agent.shard.HashKey;
import io.scribbler.agent.shard.LaneMap;
import io.scribbler.record.RecordFormat;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Where one stream's messages gather into batches.
 *
 * <p>Sources append under {@link #lock}, which they take once for each chunk that they have read. A
 * batch is sealed when it is full, by the source, or when it has waited long enough, by the sender.
 * Sealing gives a batch its sequences, hands it to the encoder, and puts it into {@link #sealed},
 * from which the sender takes batches in the order of sealing.
 */
public final class Accumulator {
  private static final int SMALLEST_BATCH = 4096;

  /** The most topics of a stream: each costs memory for as long as the agent lives. */
  static final int MAX_TOPICS = 20_000;

  /** More than any format adds to a message's bytes and its key. */
  private static final int LARGEST_FRAMING = 64 + BlockSummary.OVERHEAD;

  final ReentrantLock lock = new ReentrantLock();

  private final BatchSettings settings;
  private final MemoryBudget memory;
  private final Encoder encoder;
  private final Ledger.Stream ledger;
  private final Runnable wakeSender;
  private final BodyPool pool;
  private final ConcurrentLinkedQueue<SealedBatch> sealed = new ConcurrentLinkedQueue<>();

  private final Map<String, TopicAccount> accounts = new ConcurrentHashMap<>();
  private final Identity identity;
  private final Runnable acksAdvanced;
  private final HeldRefusals refusals;

  // All below is guarded by the lock.
  private final Deque<OpenBatch> open = new ArrayDeque<>(); // oldest first; sealed ones lie about
  private final MessageDigest md5 = HashKey.newDigest();
  private final byte[] digest = new byte[16];
  private final Map<Numbered, TopicBatches> topics = new HashMap<>();
  private LaneMap lanes; // null while the shards must be waited for
  private int
      unkeyedLane; // where formats that choose a lane when they are sealed put the next batch

  /**
   * @param acksAdvanced is run, on any thread, when there may be something to acknowledge
   * @param lanesAtFirst those of before the shards are known; null makes messages that belong to a
   *     lane wait until then
   */
  public Accumulator(
      BatchSettings settings,
      MemoryBudget memory,
      Encoder encoder,
      Ledger.Stream ledger,
      LaneMap lanesAtFirst,
      Runnable wakeSender,
      Runnable acksAdvanced) {
    this.settings = settings;
    this.memory = memory;
    this.encoder = encoder;
    this.ledger = ledger;
    this.lanes = lanesAtFirst;
    this.wakeSender = wakeSender;
    this.pool = new BodyPool(settings);
    this.identity = new Identity(settings.producer(), settings.epoch());
    this.acksAdvanced = acksAdvanced;
    refusals = new HeldRefusals(ledger);
    ledger.registerInMemory(this::countHeld);
    ledger.readBy(this::locked);
  }

  /** Messages of a topic that have sequences of their own. */
  private record Numbered(String topic, Identity identity) {}

  /** The account of a topic. Any thread. */
  public TopicAccount account(String topic) {
    return accounts.computeIfAbsent(topic, name -> new TopicAccount(name, ledger));
  }

  /** Whether messages of a topic can be taken: there may be so many topics. Any thread. */
  boolean admits(String topic) {
    return accounts.containsKey(topic) || accounts.size() < MAX_TOPICS;
  }

  /** The batches of a topic with this agent's own identity. Any thread. */
  TopicBatches topic(String name) {
    lock.lock();
    try {
      return topics.computeIfAbsent(
          new Numbered(name, identity),
          numbered -> new TopicBatches(account(name), identity, new TopicAcks(acksAdvanced)));
    } finally {
      lock.unlock();
    }
  }

  /**
   * The batches of a topic with a client's identity, made for its first user. Any thread; each call
   * is ended by {@link #leave}.
   */
  TopicBatches enter(String name, Identity client) {
    lock.lock();
    try {
      TopicBatches topic =
          topics.computeIfAbsent(new Numbered(name, client), numbered -> ofClient(name, client));
      topic.users++;
      return topic;
    } finally {
      lock.unlock();
    }
  }

  private TopicBatches ofClient(String name, Identity client) {
    TopicBatches[] made = new TopicBatches[1];
    TopicAcks acks =
        new TopicAcks(
            () -> {
              acksAdvanced.run();
              forgetIfGone(made[0]);
            });
    made[0] = new TopicBatches(account(name), client, acks);
    return made[0];
  }

  /** The client is gone; what is known of it goes with the last of its messages. Any thread. */
  void leave(TopicBatches topic) {
    lock.lock();
    try {
      topic.users--;
    } finally {
      lock.unlock();
    }
    forgetIfGone(topic);
  }

  private void forgetIfGone(TopicBatches topic) {
    lock.lock();
    try {
      if (topic.users == 0 && topic.acks.idle()) {
        topics.remove(new Numbered(topic.account.name(), topic.identity), topic);
      }
    } finally {
      lock.unlock();
    }
  }

  /** How many topics are numbered by themselves. Any thread. */
  int numbered() {
    lock.lock();
    try {
      return topics.size();
    } finally {
      lock.unlock();
    }
  }

  /** The next message has this sequence; what is open is sealed unless it ends there. Locked. */
  void resume(TopicBatches topic, long sequence) {
    if (topic.next() != sequence) {
      seek(topic, sequence);
    }
  }

  /** The next message has this sequence; what is open is sealed first. Under the lock. */
  void seek(TopicBatches topic, long sequence) {
    if (topic.unkeyed != null) {
      seal(topic.unkeyed);
    }
    for (OpenBatch batch : topic.keyed) {
      if (batch != null) {
        seal(batch);
      }
    }
    topic.nextSequence = sequence;
  }

  /** Reads with no message on its way into a batch. */
  private Map<String, Counts> locked(Supplier<Map<String, Counts>> read) {
    lock.lock();
    try {
      return read.get();
    } finally {
      lock.unlock();
    }
  }

  /** Walks all that is held here: open batches, and sealed ones that the sender has not taken. */
  private void countHeld(Ledger.Tally tally) {
    for (OpenBatch batch : open) {
      if (!batch.sealed) {
        tally.add(batch.topic.account.name(), batch.body.count(), batch.dataBytes);
      }
    }
    for (SealedBatch batch : sealed) {
      batch.count(tally);
    }
  }

  /**
   * Copies a message into its batch. Under the lock.
   *
   * @param key null for a message that may go to any lane
   * @return false if the memory budget is used up, or the message belongs to a lane and the shards
   *     are not known yet; nothing has changed then
   */
  boolean append(
      TopicBatches topic,
      ByteBuffer source,
      int position,
      int length,
      byte[] key,
      Acks acks,
      long nowMillis,
      long nowNanos) {
    if (lanes == null && (key != null || settings.format() == RecordFormat.KPL)) {
      return false;
    }
    int lane = key == null ? OpenBatch.NO_LANE : lanes.laneOf(key, md5, digest);
    OpenBatch batch = key == null ? topic.unkeyed : keyedBatch(topic, lane);
    if (batch != null) {
      int size = batch.body.sizeOf(length, key == null ? 0 : key.length);
      if (batch.body.size() + size > settings.blockSize() || nowMillis < batch.baseTimeMillis) {
        seal(batch);
        batch = null;
      }
    }
    if (batch == null) {
      batch = open(topic, lane, length, key, nowMillis, nowNanos);
      if (batch == null) {
        return false;
      }
    } else if (!grow(batch.body, length, key)) {
      return false;
    }
    int delta = (int) Math.min(nowMillis - batch.baseTimeMillis, Integer.MAX_VALUE);
    batch.body.append(source, position, length, delta, key);
    batch.dataBytes += length;
    batch.ack.want(acks);
    return true;
  }

  private static OpenBatch keyedBatch(TopicBatches topic, int lane) {
    return lane < topic.keyed.length ? topic.keyed[lane] : null;
  }

  private OpenBatch open(
      TopicBatches topic, int lane, int length, byte[] key, long nowMillis, long nowNanos) {
    BatchBody body = pool.take();
    int needed = length + (key == null ? 0 : key.length) + LARGEST_FRAMING;
    int capacity =
        Math.max(needed, Math.min(settings.blockSize(), Math.max(SMALLEST_BATCH, topic.lastSize)));
    if (body == null || body.capacity() < capacity || body.capacity() > 4 * (long) capacity) {
      pool.put(body);
      body = null;
    }
    if (!memory.tryReserve(body == null ? capacity : body.capacity())) {
      pool.put(body);
      return null;
    }
    if (body == null) {
      body = settings.newBody(capacity);
      memory.exchange(capacity, body.capacity());
    }
    OpenBatch batch = new OpenBatch(topic, lane, body, nowMillis, nowNanos);
    if (lane == OpenBatch.NO_LANE) {
      topic.unkeyed = batch;
    } else {
      if (topic.keyed.length < lanes.size()) {
        topic.keyed = Arrays.copyOf(topic.keyed, lanes.size());
      }
      topic.keyed[lane] = batch;
    }
    open.addLast(batch);
    if (open.size() == 1) {
      wakeSender.run();
    }
    return batch;
  }

  private boolean grow(BatchBody body, int length, byte[] key) {
    int needed = body.size() + body.sizeOf(length, key == null ? 0 : key.length);
    int capacity = body.capacity();
    if (needed <= capacity) {
      return true;
    }
    int wanted = Math.max(needed, Math.min(settings.blockSize(), capacity * 2));
    if (!memory.tryReserve(wanted - (long) capacity)) {
      return false;
    }
    body.ensureCapacity(wanted);
    memory.exchange(wanted - (long) capacity, body.capacity() - (long) capacity);
    return true;
  }

  private void seal(OpenBatch batch) {
    TopicBatches topic = batch.topic;
    batch.sealed = true;
    int lane = batch.lane;
    if (lane == OpenBatch.NO_LANE) {
      topic.unkeyed = null;
      if (settings.format() != RecordFormat.FIREHOSE && lanes != null) {
        unkeyedLane = (unkeyedLane + 1) % lanes.size();
        lane = unkeyedLane;
      }
    } else {
      topic.keyed[lane] = null;
    }
    topic.lastSize = batch.body.size();
    int count = batch.body.count();
    SealedBatch task = new SealedBatch(batch, lanes, lane, topic.nextSequence);
    topic.nextSequence += count;
    batch.ack.sealed();
    sealed.add(task);
    encoder.submit(this, task);
  }

  /**
   * Seals what has been open for {@code lingerNanos}. Called by the sender.
   *
   * @return when the next batch will have been open that long, in nanoseconds of {@code nowNanos}'s
   *     clock; {@link Long#MAX_VALUE} if none is open
   */
  public long sealDue(long nowNanos, long lingerNanos) {
    lock.lock();
    try {
      while (true) {
        OpenBatch oldest = open.peekFirst();
        if (oldest == null) {
          return Long.MAX_VALUE;
        }
        if (!oldest.sealed) {
          long due = oldest.openedNanos + lingerNanos;
          if (due - nowNanos > 0) {
            return due;
          }
          seal(oldest);
        }
        open.removeFirst();
      }
    } finally {
      lock.unlock();
    }
  }

  /** When the oldest open batch was opened; {@link Long#MAX_VALUE} if none is open. */
  public long oldestOpenedNanos() {
    lock.lock();
    try {
      while (!open.isEmpty() && open.peekFirst().sealed) {
        open.removeFirst();
      }
      return open.isEmpty() ? Long.MAX_VALUE : open.peekFirst().openedNanos;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes the lanes of a changed stream; batches of messages with keys are sealed for the old ones.
   */
  public void remap(LaneMap changed) {
    lock.lock();
    try {
      for (OpenBatch batch : open) {
        if (!batch.sealed && batch.lane != OpenBatch.NO_LANE) {
          seal(batch);
        }
      }
      for (TopicBatches topic : topics.values()) {
        topic.keyed = new OpenBatch[0];
      }
      lanes = changed;
      unkeyedLane %= changed.size();
    } finally {
      lock.unlock();
    }
  }

  /** The batches that are sealed, oldest first; the sender takes from it those that are encoded. */
  public ConcurrentLinkedQueue<SealedBatch> sealed() {
    return sealed;
  }

  HeldRefusals refusals() {
    return refusals;
  }

  String stream() {
    return ledger.name();
  }

  MemoryBudget memory() {
    return memory;
  }

  BatchSettings settings() {
    return settings;
  }

  /** Called by the encoder when a batch's bytes are no longer needed; its capacity is released. */
  void recycle(BatchBody body) {
    pool.put(body);
  }

  void wakeSender() {
    wakeSender.run();
  }
}
