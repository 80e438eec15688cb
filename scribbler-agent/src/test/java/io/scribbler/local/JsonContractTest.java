package io.scribbler.local;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract in JSON. */
final class JsonContractTest extends StreamContract {
  private static final String CBOR = "aws.cborEnabled";

  @BeforeAll
  static void json() {
    System.setProperty(CBOR, "false");
  }

  @AfterAll
  static void cbor() {
    System.clearProperty(CBOR);
  }
}
