package io.scribbler.consumer;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What it saves to take two fields out of an ad impression instead of parsing all of it: time for
 * each message, and bytes allocated with {@code -prof gc}. {@code scripts/benchmark} runs it, with
 * impressions in the file that the property {@code impressions} names.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class FieldProjectionBenchmark {
  private static final int MESSAGES = 1000;

  private final JsonFactory factory = new JsonFactory();
  private List<byte[]> messages;

  /** Reads the messages. */
  @Setup
  public void read() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of(System.getProperty("impressions")))) {
      messages = lines.limit(MESSAGES).map(line -> line.getBytes(UTF_8)).toList();
    }
    if (messages.size() < MESSAGES) {
      throw new IllegalStateException("the file of impressions needs " + MESSAGES + " lines");
    }
  }

  /** Where in the message the two fields are; {@code absent}: nowhere. */
  @State(Scope.Thread)
  public static class Wanted {
    /** Two of the thirteen fields. */
    @Param({"time,user", "user,country", "user,view_millis", "user,absent"})
    public String fields;

    FieldProjection projection;

    /** Makes the projection. */
    @Setup
    public void make() {
      projection = new FieldProjection(List.of(fields.split(",")));
    }
  }

  /** Takes the two fields. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public int project(Wanted wanted) {
    int bytes = 0;
    for (byte[] message : messages) {
      if (!wanted.projection.project(message, 0, message.length)) {
        throw new IllegalStateException("an impression that is no JSON");
      }
      bytes += wanted.projection.size();
    }
    return bytes;
  }

  /** Visits all names and values, as who makes a map of them does. */
  @Benchmark
  @OperationsPerInvocation(MESSAGES)
  public void parseAll(Blackhole sink) throws IOException {
    for (byte[] message : messages) {
      try (JsonParser parser = factory.createParser(message)) {
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
          switch (token) {
            case FIELD_NAME -> sink.consume(parser.currentName());
            case VALUE_STRING -> sink.consume(parser.getText());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> sink.consume(parser.getNumberValue());
            case VALUE_TRUE, VALUE_FALSE -> sink.consume(parser.getBooleanValue());
            default -> {}
          }
        }
      }
    }
  }
}
