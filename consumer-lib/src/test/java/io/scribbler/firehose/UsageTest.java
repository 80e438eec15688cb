package io.scribbler.firehose;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class UsageTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "                                        | Missing command: tail, topics, decode, lag",
        "tail                                    | --stream",
        "tail --stream a/b                       | not the name of a stream: 'a/b'",
        "tail --stream s --from yesterday        | 'yesterday' is no time; write oldest, now, -5m",
        "tail --stream s --until-idle 2          | '2' is no duration",
        "tail --stream s --endpoint localhost:1  | is no endpoint; write it like http://127.0.0.1",
        "tail --stream s --external-id x         | --external-id needs --role-arn",
        "tail --stream s --bogus                 | Unknown option: '--bogus'",
        "tail --stream s --limit -1              | --limit",
        "decode                                  | FILE",
        "lag --stream s                          | --application",
        "lag --stream s --application a/b        | --application: 1 to 128 of A-Z a-z 0-9 . _ -",
        "lag --stream s --application a --state d --table etl | --state is for checkpoints in files",
        "lag --stream s --application a --table x | --table: 3 to 255",
        "checkpoints                             | Missing command: ls or reset",
        "checkpoints reset --stream s --application a | --to",
        "checkpoints reset --stream s --application a --to now | no terminal to ask on; give --yes",
        "checkpoints reset --stream s --application a --to soon --yes | 'soon' is no time",
        "checkpoints reset --stream s --application a --to now --shard x --yes | --shard needs a time",
        "checkpoints reset --stream s --application a --to now --state d --force --yes | --force",
        "pause --application a --external-id x   | --external-id needs --role-arn",
        "bogus                                   | bogus",
      })
  void aUsageErrorIsOneLineAndAHint(String line, String says) {
    Tool tool = Tool.run(Map.of(), line == null ? new String[0] : line.split(" +"));
    assertThat(tool.exitCode()).isEqualTo(2);
    assertThat(tool.out()).isEmpty();
    assertThat(tool.errLines()).hasSize(2);
    assertThat(tool.errLines().get(0)).contains(says);
    assertThat(tool.errLines().get(1)).contains("--help");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tail",
        "topics",
        "decode",
        "lag",
        "checkpoints",
        "checkpoints ls",
        "checkpoints reset",
        "pause",
        "resume",
        "completion"
      })
  void helpIsEverywhere(String command) {
    Tool tool = Tool.run(Map.of(), (command + " --help").strip().split(" "));
    assertThat(tool.exitCode()).isZero();
    assertThat(tool.out()).startsWith("Usage: firehose");
    assertThat(tool.err()).isEmpty();
  }

  @Test
  void aWrongEndpointVariableIsSaid() {
    Tool tool = Tool.run(Map.of("AWS_ENDPOINT_URL", "nowhere"), "tail", "--stream", "s");
    assertThat(tool.exitCode()).isEqualTo(2);
    assertThat(tool.errLines()).hasSize(1);
    assertThat(tool.err()).contains("AWS_ENDPOINT_URL: 'nowhere' is no endpoint");
  }

  @Test
  void aWrongCaBundleIsSaid() {
    Tool tool =
        Tool.run(Map.of("AWS_CA_BUNDLE", "/nowhere.pem"), "tail", "--stream", "s", "--region", "r");
    assertThat(tool.exitCode()).isEqualTo(2);
    assertThat(tool.errLines()).hasSize(1);
    assertThat(tool.err()).contains("AWS_CA_BUNDLE: there is no CA bundle /nowhere.pem");
  }

  @Test
  void completionIsAScript() {
    Tool tool = Tool.run(Map.of(), "completion");
    assertThat(tool.exitCode()).isZero();
    assertThat(tool.out())
        .contains("complete ")
        .contains("--until-idle")
        .contains("--dynamodb-endpoint");
  }
}
