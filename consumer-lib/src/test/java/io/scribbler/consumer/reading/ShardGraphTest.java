package io.scribbler.consumer.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ShardGraphTest {
  private final ShardGraph graph = new ShardGraph();

  @Test
  void aChildWaitsForItsParent() {
    wanted("a");
    wanted("b", "a");
    assertThat(ready()).containsExactly("a");
    assertThat(ready()).isEmpty();
    graph.done("a");
    assertThat(ready()).containsExactly("b");
  }

  @Test
  void aMergedShardWaitsForBothParents() {
    wanted("a");
    wanted("b");
    wanted("c", "a", "b");
    assertThat(ready()).containsExactlyInAnyOrder("a", "b");
    graph.done("b");
    assertThat(ready()).isEmpty();
    graph.done("a");
    assertThat(ready()).containsExactly("c");
  }

  @Test
  void aParentThatTheStreamNoLongerHasIsNotWaitedFor() {
    wanted("b", "a");
    assertThat(ready()).containsExactly("b");
  }

  @Test
  void aSkippedParentIsNotWaitedFor() {
    graph.addSkipped(shard("a"));
    wanted("b", "a");
    assertThat(ready()).containsExactly("b");
  }

  @Test
  void aGrandparentThatIsStillReadHoldsTheWholeFamily() {
    wanted("a");
    wanted("b", "a");
    wanted("c", "b");
    assertThat(ready()).containsExactly("a");
    graph.done("a");
    assertThat(ready()).containsExactly("b");
    assertThat(ready()).isEmpty();
  }

  @Test
  void aChildWithAnUnknownParentNeedsAListing() {
    wanted("a");
    assertThat(graph.knowsParentsOf(List.of(shard("c", "a")))).isTrue();
    assertThat(graph.knowsParentsOf(List.of(shard("c", "a", "d")))).isFalse();
  }

  @Test
  void whatAListingHasNewIsReadFromItsFirstRecordAndWhatIsGoneIsForgotten() {
    wanted("a");
    graph.takeReady();
    graph.done("a");
    graph.listed(List.of(shard("b", "a")));
    assertThat(graph.knows("a")).isFalse();
    assertThat(graph.takeReady()).containsExactly(new ShardGraph.Ready("b", ShardPosition.OLDEST));
  }

  @Test
  void aListingLeavesWhatIsBeingReadAlone() {
    wanted("a");
    graph.takeReady();
    graph.listed(List.of(shard("b")));
    assertThat(graph.knows("a")).isTrue();
    assertThat(ready()).containsExactly("b");
    assertThat(graph.allDone()).isFalse();
  }

  private void wanted(String id, String... parents) {
    graph.addWanted(shard(id, parents), ShardPosition.OLDEST);
  }

  private List<String> ready() {
    return graph.takeReady().stream().map(ShardGraph.Ready::shardId).toList();
  }

  private static ShardInfo shard(String id, String... parents) {
    return new ShardInfo(id, List.of(parents), false);
  }
}
