package io.scribbler.consumer.reading;

import java.util.List;
import java.util.stream.Stream;
import software.amazon.awssdk.services.kinesis.model.ChildShard;
import software.amazon.awssdk.services.kinesis.model.Shard;

/**
 * A shard and what it came from.
 *
 * @param id the shard's name
 * @param parents none, one after a split, two after a merge
 * @param closed whether nothing new comes into it
 */
public record ShardInfo(String id, List<String> parents, boolean closed) {
  /** The parents can't be changed. */
  public ShardInfo {
    parents = List.copyOf(parents);
  }

  static ShardInfo of(Shard shard) {
    List<String> parents =
        Stream.of(shard.parentShardId(), shard.adjacentParentShardId())
            .filter(parent -> parent != null && !parent.isEmpty())
            .toList();
    return new ShardInfo(
        shard.shardId(), parents, shard.sequenceNumberRange().endingSequenceNumber() != null);
  }

  static ShardInfo of(ChildShard child) {
    return new ShardInfo(child.shardId(), child.parentShards(), false);
  }
}
