package io.scribbler.agent.aws;

import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.utils.AttributeMap;

/**
 * Makes the HTTP client of an AWS client over connections of ours; the SDK's defaults don't count.
 */
record Http(Connections connections) implements SdkHttpClient.Builder<Http> {
  @Override
  public SdkHttpClient buildWithDefaults(AttributeMap defaults) {
    return UrlConnectionHttpClient.create(connections);
  }
}
