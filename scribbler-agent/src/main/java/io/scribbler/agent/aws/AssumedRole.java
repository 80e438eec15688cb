package io.scribbler.agent.aws;

import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.defaultsmode.DefaultsMode;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider;
import software.amazon.awssdk.services.sts.model.AssumeRoleRequest;

/** Credentials of a role; apart from the others, so that STS is loaded only when a role is used. */
final class AssumedRole {
  private AssumedRole() {}

  static AwsCredentialsProvider of(
      String role,
      Optional<String> externalId,
      AwsCredentialsProvider base,
      Region region,
      Http http,
      Map<String, String> environment) {
    StsClient sts =
        StsClient.builder()
            .region(region)
            .credentialsProvider(base)
            .defaultsMode(DefaultsMode.STANDARD)
            .httpClientBuilder(http)
            .build();
    AssumeRoleRequest request =
        AssumeRoleRequest.builder()
            .roleArn(role)
            .roleSessionName(
                AwsAccess.variable(environment, "AWS_ROLE_SESSION_NAME").orElse("scribbler"))
            .externalId(externalId.orElse(null))
            .build();
    return StsAssumeRoleCredentialsProvider.builder()
        .stsClient(sts)
        .refreshRequest(request)
        .build();
  }
}
