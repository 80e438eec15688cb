package io.scribbler.agent.shard;

/** An open shard and the hash keys, both ends included, that it takes. */
public record ShardRange(String shardId, HashKey first, HashKey last) {}
