package io.scribbler.consumer;

import io.scribbler.net.StreamName;
import java.net.URI;
import java.util.Objects;

/**
 * Where a stream is and who asks for it; everything but the stream may be null, and is then found
 * as every AWS tool finds it.
 *
 * @param stream its name or ARN
 * @param region where it is; by default the ARN's, the environment's or the profile's
 * @param endpoint where the API is, instead of the region's own
 * @param profile in the AWS configuration files
 * @param roleArn a role to assume
 * @param externalId what the role's trust policy asks for
 */
public record StreamLocation(
    StreamName stream,
    String region,
    URI endpoint,
    String profile,
    String roleArn,
    String externalId) {
  /** Refuses an external ID without a role. */
  public StreamLocation {
    Objects.requireNonNull(stream, "stream");
    if (externalId != null && roleArn == null) {
      throw new IllegalArgumentException("an external ID needs a role to assume");
    }
  }
}
