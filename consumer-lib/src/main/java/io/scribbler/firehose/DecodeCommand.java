package io.scribbler.firehose;

import io.scribbler.record.RecordContext;
import io.scribbler.record.RecordFormatException;
import io.scribbler.record.RecordReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code firehose decode}: takes saved records apart. */
@Command(
    name = "decode",
    description = {
      "Takes saved Kinesis records apart: the bytes of one record a file, a line of JSON a message.",
      "A file that can't be read is said on standard error, the others go on, and the exit code is"
          + " 1."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class DecodeCommand implements Callable<Integer> {
  /** The largest record that Kinesis takes. */
  private static final int MOST_BYTES = 10 << 20;

  @ParentCommand private Firehose firehose;
  @Spec private CommandSpec spec;
  @Mixin private LogOptions logOptions;

  @Option(names = "--hex", description = "data as hexadecimal digits")
  private boolean hex;

  @Option(
      names = "--topic-name",
      paramLabel = "TOPIC",
      defaultValue = "",
      description = "the topic of kpl and plain records, which name none; default: left out")
  private String topicName;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "a file, or - for standard input")
  private List<String> files;

  @Override
  public Integer call() throws IOException {
    Console console = firehose.console();
    logOptions.apply(console);
    BadRecords bad = new BadRecords(console.err(), spec.qualifiedName());
    LineBuffer lines = new LineBuffer(new Output(console.out(), () -> {}));
    MessageJson json = new MessageJson(lines, hex);
    RecordContext context = new RecordContext(topicName, "", 0);
    try (RecordReader reader = new RecordReader()) {
      for (String file : files) {
        byte[] record = read(console, file, bad);
        if (record != null) {
          decode(reader, record, context, json, file, bad);
          lines.send();
        }
      }
    }
    return bad.exitCode();
  }

  private static void decode(
      RecordReader reader,
      byte[] record,
      RecordContext context,
      MessageJson json,
      String file,
      BadRecords bad)
      throws IOException {
    try {
      reader.open(record, 0, record.length, context);
    } catch (RecordFormatException e) {
      bad.add(file, e);
      return;
    }
    while (reader.nextBlock()) {
      try {
        while (reader.nextMessage()) {
          json.write(reader, null);
        }
      } catch (RecordFormatException e) {
        bad.add(file, e);
      }
    }
  }

  /** The bytes of a file; null, and said, if they can't be had. */
  private static byte[] read(Console console, String file, BadRecords bad) {
    try {
      byte[] record = file.equals("-") ? bounded(console.in()) : bounded(Path.of(file));
      if (record.length > MOST_BYTES) {
        throw new IOException("over 10 MiB, so it is no Kinesis record");
      }
      return record;
    } catch (NoSuchFileException e) {
      bad.add(file, new IOException("no such file", e));
    } catch (IOException e) {
      bad.add(file, e);
    }
    return null;
  }

  private static byte[] bounded(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException("is a directory");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return bounded(in);
    }
  }

  private static byte[] bounded(InputStream in) throws IOException {
    return in.readNBytes(MOST_BYTES + 1);
  }
}
