/** Bytes that may be text. */
package io.scribbler.text;
