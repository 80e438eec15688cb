package io.scribbler.agent.send;

/**
 * Where a record lies on disk.
 *
 * @param index which element of the segment it is
 * @param offset where the element begins in the segment's file
 * @param length of the element, header and data
 */
record Place(DiskSegment segment, int index, int offset, int length) {}
