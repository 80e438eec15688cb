package io.scribbler.consumer.reading;

import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import software.amazon.awssdk.core.SdkResponse;

/** The clock by which records get their arrival times. */
public final class ServiceTime {
  private ServiceTime() {}

  /** The service's time of a response in whole seconds, or ours when it has none. */
  public static Instant of(SdkResponse response) {
    return response
        .sdkHttpResponse()
        .firstMatchingHeader("Date")
        .map(ServiceTime::parse)
        .orElseGet(() -> Instant.now().truncatedTo(ChronoUnit.SECONDS));
  }

  private static Instant parse(String date) {
    try {
      return ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
