package io.scribbler.local;

/** The contract in CBOR, the SDK's default. */
final class CborContractTest extends StreamContract {}
