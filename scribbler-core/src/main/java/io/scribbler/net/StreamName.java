package io.scribbler.net;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Kinesis stream as a user names it: by its name, or by its ARN, which tells the region too.
 *
 * @param name 1 to 128 of {@code a-zA-Z0-9_.-}
 * @param arn the whole ARN; null when only the name was given
 * @param region the ARN's region; null when only the name was given
 */
public record StreamName(String name, String arn, String region) {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_.-]{1,128}");

  /** Partition, region, account, name: the commercial, China, GovCloud and isolated partitions. */
  private static final Pattern ARN =
      Pattern.compile("arn:aws(?:-[a-z-]+)?:kinesis:([a-z0-9-]+):[0-9]{12}:stream/(.*)");

  public StreamName {
    Objects.requireNonNull(name, "name");
  }

  /**
   * Takes a name or an ARN apart.
   *
   * @throws IllegalArgumentException with one line that says what is wrong with it
   */
  public static StreamName parse(String nameOrArn) {
    if (!nameOrArn.startsWith("arn:")) {
      return new StreamName(checkName(nameOrArn), null, null);
    }
    Matcher arn = ARN.matcher(nameOrArn);
    if (!arn.matches()) {
      throw new IllegalArgumentException(
          "not the ARN of a Kinesis stream: '"
              + nameOrArn
              + "'; it looks like arn:aws:kinesis:REGION:ACCOUNT:stream/NAME");
    }
    return new StreamName(checkName(arn.group(2)), nameOrArn, arn.group(1));
  }

  private static String checkName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "not the name of a stream: '"
              + name
              + "'; it has 1 to 128 letters, digits, underscores, dots or hyphens");
    }
    return name;
  }
}
