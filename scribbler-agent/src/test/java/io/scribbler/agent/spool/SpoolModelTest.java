package io.scribbler.agent.spool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** The spool's files against a model, through crashes; see {@link SpoolModel}. */
final class SpoolModelTest {
  /** What is done: {@code a} and {@code b} choose which and how. */
  record Step(Kind kind, int a, int b) {}

  enum Kind {
    APPEND,
    MARK,
    NEW_SEGMENT,
    FAIL_APPEND,
    CRASH,
    REOPEN,
    DELETE_DONE
  }

  @Property(tries = 500)
  void nothingAcknowledgedIsMissingAndNothingElseAppears(@ForAll("steps") List<Step> steps)
      throws IOException {
    Path dir = Files.createTempDirectory("spool");
    try (SpoolModel model = new SpoolModel(dir)) {
      for (Step step : steps) {
        switch (step.kind()) {
          case APPEND -> model.append(step.a());
          case MARK -> model.mark(step.a());
          case NEW_SEGMENT -> model.newSegment();
          case FAIL_APPEND -> model.failAppend(step.a(), step.b());
          case CRASH -> model.crash(step.a(), step.b());
          case REOPEN -> model.reopen();
          case DELETE_DONE -> model.deleteDone();
        }
      }
      model.reopen();
    } finally {
      deleteAll(dir);
    }
  }

  private static void deleteAll(Path dir) throws IOException {
    try (var files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Kind> kinds =
        Arbitraries.frequency(
            Tuple.of(10, Kind.APPEND),
            Tuple.of(6, Kind.MARK),
            Tuple.of(1, Kind.NEW_SEGMENT),
            Tuple.of(1, Kind.FAIL_APPEND),
            Tuple.of(2, Kind.CRASH),
            Tuple.of(1, Kind.REOPEN),
            Tuple.of(1, Kind.DELETE_DONE));
    Arbitrary<Integer> any = Arbitraries.integers().between(0, 10_000);
    return Combinators.combine(kinds, any, any).as(Step::new).list().ofMinSize(1).ofMaxSize(40);
  }
}
