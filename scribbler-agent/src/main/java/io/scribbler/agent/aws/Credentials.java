package io.scribbler.agent.aws;

import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProviderChain;
import software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.auth.credentials.SystemPropertyCredentialsProvider;
import software.amazon.awssdk.auth.credentials.WebIdentityTokenFileCredentialsProvider;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileSystemSetting;
import software.amazon.awssdk.profiles.ProfileProperty;

/** Where credentials come from. */
final class Credentials {
  private Credentials() {}

  /**
   * The credentials that a role is assumed with, or that are used as they are.
   *
   * @param profile if named, is the only source, as in AWS tools
   * @param local whether made-up ones do when none are found
   */
  static AwsCredentialsProvider base(
      Optional<String> profile, boolean local, Map<String, String> environment) {
    if (profile.isPresent()) {
      return ofProfile(profile.get());
    }
    boolean named = AwsAccess.variable(environment, "AWS_PROFILE").isPresent();
    return local && !named ? foundOrMadeUp() : DefaultCredentialsProvider.builder().build();
  }

  /** The region that a profile names, the default one's if none is given. */
  static Optional<String> regionOfProfile(Optional<String> profile) {
    String name = profile.orElseGet(ProfileFileSystemSetting.AWS_PROFILE::getStringValueOrThrow);
    return ProfileFile.defaultProfileFile()
        .profile(name)
        .flatMap(found -> found.property(ProfileProperty.REGION));
  }

  private static AwsCredentialsProvider ofProfile(String profile) {
    if (ProfileFile.defaultProfileFile().profile(profile).isEmpty()) {
      throw new AwsSetupException(
          "there is no profile \""
              + profile
              + "\" in the AWS configuration files; correct its name or add it");
    }
    return ProfileCredentialsProvider.create(profile);
  }

  /**
   * The default chain but for the instance's role, whose look-up takes seconds where there is none.
   */
  private static AwsCredentialsProvider foundOrMadeUp() {
    return AwsCredentialsProviderChain.builder()
        .credentialsProviders(
            SystemPropertyCredentialsProvider.create(),
            EnvironmentVariableCredentialsProvider.create(),
            WebIdentityTokenFileCredentialsProvider.create(),
            ProfileCredentialsProvider.create(),
            ContainerCredentialsProvider.create(),
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create("development", "development")))
        .build();
  }
}
