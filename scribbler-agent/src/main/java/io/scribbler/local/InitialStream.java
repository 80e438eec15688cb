package io.scribbler.local;

/** A stream that is there from the start; 0 shards stands for the default number. */
record InitialStream(String name, int shards) {
  static InitialStream parse(String text) {
    int colon = text.indexOf(':');
    String name = colon < 0 ? text : text.substring(0, colon);
    if (!name.matches("[a-zA-Z0-9_.-]{1,128}")) {
      throw new IllegalArgumentException(
          "'" + text + "' names no stream: use 1 to 128 of letters, digits, '_', '.' and '-'");
    }
    if (colon < 0) {
      return new InitialStream(name, 0);
    }
    String number = text.substring(colon + 1);
    if (!number.matches("[1-9][0-9]{0,2}|1000")) {
      throw new IllegalArgumentException("'" + text + "': shards must be 1 to 1000");
    }
    return new InitialStream(name, Integer.parseInt(number));
  }
}
