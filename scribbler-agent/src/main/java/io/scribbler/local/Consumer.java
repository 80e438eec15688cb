package io.scribbler.local;

/** A registered consumer of one stream. */
record Consumer(String name, String arn, long createdMillis) {}
