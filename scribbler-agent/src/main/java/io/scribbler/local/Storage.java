package io.scribbler.local;

import java.util.Collection;
import java.util.List;

/** Where streams and their records are kept. Owned by the loop thread. */
interface Storage extends AutoCloseable {
  /** The log of a shard, with what was kept of it. */
  ShardLog log(String stream, long createdMillis, int shard);

  /** The streams that were kept. */
  List<Stream> load();

  /** Keeps what streams there are and what shards they have. */
  void save(Collection<Stream> streams);

  /** Forgets a stream's records. */
  void delete(Stream stream);

  @Override
  void close();
}
