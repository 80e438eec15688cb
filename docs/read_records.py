#!/usr/bin/env python3
"""Reads the Kinesis records that Scribbler writes; docs/wire-format.md describes them.

    python3 read_records.py FILE...          one JSON line for each message of each saved record
    python3 read_records.py --hex FILE...    with data_hex also where the data is UTF-8

    from read_records import messages
    for message in messages(record["Data"], topic="impressions"): ...

Needs Python 3.8 or later. Records compressed by zstd also need one of: Python 3.14, the module
zstandard, the command zstd.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import threading
import zlib

FIREHOSE_MAGIC = b"\xf1\x5c"
KPL_MAGIC = b"\xf3\x89\x9a\xc2"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
MAX_RAW_SIZE = 16 << 20
MAX_ATTRIBUTES = 1024
VARINT, FIXED64, BYTES, GROUP, END_GROUP, FIXED32 = range(6)
BLOCK_TYPES = {1: BYTES, 2: BYTES, 3: FIXED64, 4: VARINT, 5: VARINT, 6: VARINT, 7: VARINT,
               8: VARINT, 9: FIXED32, 10: BYTES, 11: BYTES}


class RecordError(Exception):
    """A record that can't be read; says why."""


def messages(data, topic="", partition_key="", arrival_millis=0):
    """Yields each message of a record as a dict; checks all of a block before it yields of it.

    The other arguments are what kpl and plain messages take from outside.
    """
    if data[:2] == FIREHOSE_MAGIC:
        yield from _firehose(data)
    elif data[:4] == KPL_MAGIC:
        for key, hash_key, payload in _kpl(data):
            message = _unidentified(payload, topic, key, arrival_millis)
            message["explicit_hash_key"] = hash_key
            yield message
    else:
        yield _unidentified(data, topic, partition_key, arrival_millis)


def _unidentified(data, topic, key, time_millis):
    return {"topic": topic, "producer": None, "epoch": None, "sequence": None,
            "time_millis": time_millis, "key": key, "attributes": {}, "data": data}


# ---- protobuf


def _varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data):
            raise RecordError("cut short in the middle of a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
        if shift > 63:
            raise RecordError("not a record: a number of more than 64 bits")
    if value >> 64:
        raise RecordError("not a record: a number of more than 64 bits")
    return value, at


def _fields(data):
    """Yields (field number, wire type, value) of each field; groups are passed over."""
    at = depth = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        if number == 0 or tag >> 32:
            raise RecordError("not a record: no field has the tag %#x" % tag)
        value = None
        if wire_type == VARINT:
            value, at = _varint(data, at)
        elif wire_type in (FIXED64, FIXED32, BYTES):
            size = {FIXED64: 8, FIXED32: 4}.get(wire_type)
            if size is None:
                size, at = _varint(data, at)
            if size > len(data) - at:
                raise RecordError("cut short, or a length past the end: %d bytes announced, "
                                  "%d left" % (size, len(data) - at))
            value = data[at:at + size]
            at += size
            if wire_type != BYTES:
                value = int.from_bytes(value, "little")
        elif wire_type == GROUP:
            depth += 1
        elif wire_type == END_GROUP and depth > 0:
            depth -= 1
            continue
        else:
            raise RecordError("not a record: no field has the tag %#x" % tag)
        if depth == 0:
            yield number, wire_type, value
    if depth:
        raise RecordError("cut short in the middle of a group")


def _text(value, what):
    try:
        return str(value, "utf-8")
    except UnicodeDecodeError:
        raise RecordError("the %s is no UTF-8" % what) from None


def _attribute(entry, attributes):
    texts = {1: "", 2: ""}
    for number, wire_type, value in _fields(entry):
        if number in texts and wire_type == BYTES:
            texts[number] = _text(value, "attribute")
    attributes[texts[1]] = texts[2]


# ---- firehose: F1 5C, version, reserved, then Record { repeated Block blocks = 1; }


def _firehose(data):
    if len(data) < 4:
        raise RecordError("cut short: %d bytes, the header alone has 4" % len(data))
    if data[2] != 1:
        raise RecordError("unknown version %d" % data[2])
    blocks = [_block(value) for number, wire_type, value in _fields(memoryview(data)[4:])
              if (number, wire_type) == (1, BYTES)]
    if not blocks:
        raise RecordError("no block in the record")
    for block in blocks:
        yield from _messages_of(block)


def _block(data):
    block = {number: 0 for number in BLOCK_TYPES}
    block.update({1: b"", 2: b"", 10: b"", 11: {}})
    attributes = 0
    for number, wire_type, value in _fields(data):
        if number not in BLOCK_TYPES:
            continue
        if wire_type != BLOCK_TYPES[number]:
            raise RecordError("not a record: field %d of a block has the wrong wire type" % number)
        if number == 11:
            attributes += 1
            _attribute(value, block[11])
        else:
            block[number] = value
    if not block[1]:
        raise RecordError("no topic")
    if block[7] not in (0, 1, 2):
        raise RecordError("unknown codec %d" % (block[7] & 0xFFFFFFFF))
    if block[8] > MAX_RAW_SIZE:
        raise RecordError("raw_size over the bound: %d bytes, %d are allowed"
                          % (block[8], MAX_RAW_SIZE))
    if block[5] > block[8] // 2:
        raise RecordError("raw_size does not match the count: %d bytes can't hold %d messages"
                          % (block[8], block[5]))
    if block[5] == 0:
        raise RecordError("no message in the block")
    if attributes > MAX_ATTRIBUTES:
        raise RecordError("more than %d attributes: %d" % (MAX_ATTRIBUTES, attributes))
    if _crc32c(block[10]) != block[9]:
        raise RecordError("the checksum of the body does not match")
    block[1] = _text(block[1], "topic")
    block[2] = _text(block[2], "producer")
    return block


def _messages_of(block):
    codec, raw_size, body = block[7], block[8], bytes(block[10])
    if codec == 0:
        raw = body
    else:
        raw = _unzstd(body, raw_size) if codec == 1 else _gunzip(body, raw_size)
    if len(raw) != raw_size:
        raise RecordError("raw_size does not match: %d announced, the body holds %s"
                          % (raw_size, "more" if len(raw) > raw_size else len(raw)))
    base_time = block[6] - (1 << 64) if block[6] >> 63 else block[6]
    all_messages = []
    for number, wire_type, value in _fields(memoryview(raw)):
        if (number, wire_type) == (1, BYTES):
            message = _message(value, block)
            message["sequence"] = (block[4] + len(all_messages)) & 0xFFFFFFFFFFFFFFFF
            message["time_millis"] += base_time
            all_messages.append(message)
    if len(all_messages) != block[5]:
        raise RecordError("count does not match: %d announced, %d there"
                          % (block[5], len(all_messages)))
    return all_messages


def _message(data, block):
    message = {"topic": block[1], "producer": block[2], "epoch": block[3], "sequence": 0,
               "time_millis": 0, "key": "", "attributes": dict(block[11]), "data": b""}
    attributes = 0
    for field in _fields(data):
        if field[:2] == (1, BYTES):
            message["data"] = bytes(field[2])
        elif field[:2] == (2, VARINT):
            message["time_millis"] = field[2] & 0xFFFFFFFF
        elif field[:2] == (3, BYTES):
            message["key"] = _text(field[2], "key of a message")
        elif field[:2] == (4, BYTES):
            attributes += 1
            _attribute(field[2], message["attributes"])
    if attributes > MAX_ATTRIBUTES:
        raise RecordError("a message with more than %d attributes" % MAX_ATTRIBUTES)
    return message


def _crc32c_table():
    table = []
    for i in range(256):
        for _ in range(8):
            i = (i >> 1) ^ (0x82F63B78 if i & 1 else 0)
        table.append(i)
    return table


_CRC32C = _crc32c_table()


def _crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ _CRC32C[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def _gunzip(body, raw_size):
    """At most one byte more than raw_size, which tells that there is more."""
    member = zlib.decompressobj(wbits=31)
    try:
        raw = member.decompress(body, raw_size + 1)
        if len(raw) <= raw_size:
            raw += member.decompress(member.unconsumed_tail, 1)
    except zlib.error as error:
        raise RecordError("the gzip member is broken: %s" % error) from None
    if len(raw) <= raw_size and not member.eof:
        raise RecordError("the gzip member is broken or cut short")
    if member.unused_data:
        raise RecordError("something after the gzip member")
    return raw


def _unzstd(body, raw_size):
    """At most one byte more than raw_size, which tells that there is more."""
    _check_zstd_frame(body, raw_size)
    try:
        from compression import zstd
    except ImportError:
        zstd = None
    if zstd:
        try:
            return zstd.ZstdDecompressor().decompress(body, raw_size + 1)
        except zstd.ZstdError as error:
            raise RecordError("the zstd frame is broken: %s" % error) from None
    try:
        import zstandard
    except ImportError:
        return _unzstd_by_command(body, raw_size)
    try:
        with zstandard.ZstdDecompressor().stream_reader(body) as reader:
            return reader.read(raw_size + 1)
    except zstandard.ZstdError as error:
        raise RecordError("the zstd frame is broken: %s" % error) from None


def _unzstd_by_command(body, raw_size):
    command = shutil.which("zstd")
    if not command:
        raise RecordError("compressed by zstd: install the command zstd or the Python module "
                          "zstandard, or use Python 3.14")
    with subprocess.Popen([command, "-dcq"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        # In a thread of its own, since zstd writes before it has read everything.
        feeder = threading.Thread(target=_feed, args=(process.stdin, body), daemon=True)
        feeder.start()
        raw = process.stdout.read(raw_size + 1)
        if len(raw) > raw_size:
            process.kill()
            return raw
        reason = process.stderr.read().decode("utf-8", "replace").strip()
        feeder.join()
    if process.returncode:
        raise RecordError("the zstd frame is broken: %s" % reason.replace("\n", " "))
    return raw


def _feed(pipe, body):
    try:
        with pipe:
            pipe.write(body)
    except BrokenPipeError:
        pass  # zstd says on its standard error why it didn't read on


def _check_zstd_frame(body, raw_size):
    """Refuses what isn't exactly one frame without a dictionary (RFC 8878, section 3.1.1)."""
    if body[:4] != ZSTD_MAGIC:
        raise RecordError("the body is no zstd frame")
    try:
        descriptor = body[4]
        single_segment = descriptor >> 5 & 1
        if descriptor & 3:
            raise RecordError("the zstd frame is broken: it wants a dictionary")
        at = 5 + (not single_segment)
        size_bytes = (1 if single_segment else 0, 2, 4, 8)[descriptor >> 6]
        if size_bytes:
            size = int.from_bytes(body[at:at + size_bytes], "little")
            size += 256 if size_bytes == 2 else 0
            if size != raw_size:
                raise RecordError("raw_size does not match: %d announced, the zstd frame holds %d"
                                  % (raw_size, size))
        at += size_bytes
        last = 0
        while not last:
            header = int.from_bytes((body[at], body[at + 1], body[at + 2]), "little")
            last, kind, size = header & 1, header >> 1 & 3, header >> 3
            at += 3 + (1 if kind == 1 else size)
        at += 4 if descriptor & 4 else 0
    except IndexError:
        at = len(body) + 1
    if at > len(body):
        raise RecordError("the zstd frame is broken or cut short")
    if at < len(body):
        raise RecordError("something after the zstd frame: %d bytes" % (len(body) - at))


# ---- kpl: F3 89 9A C2, AggregatedRecord, its MD5


def _kpl(data):
    if len(data) < 20:
        raise RecordError("cut short: %d bytes, magic and MD5 of an aggregate alone have 20"
                          % len(data))
    body = data[4:-16]
    if hashlib.md5(body).digest() != data[-16:]:
        raise RecordError("the MD5 does not match")
    keys, hash_keys, records = [], [], []
    for number, wire_type, value in _fields(body):
        if wire_type == BYTES and number in (1, 2, 3):
            (keys, hash_keys, records)[number - 1].append(value)
    result = []
    for number, record in enumerate(records, 1):
        key = hash_key = None
        payload = b""
        for field in _fields(record):
            if field[:2] == (1, VARINT):
                key = field[2]
            elif field[:2] == (2, VARINT):
                hash_key = field[2]
            elif field[:2] == (3, BYTES):
                payload = field[2]
        if key is None or key >= len(keys):
            raise RecordError("message %d has a partition key that isn't in the aggregate's table"
                              % number)
        if hash_key is not None and hash_key >= len(hash_keys):
            raise RecordError("message %d has an explicit hash key that isn't in the aggregate's "
                              "table" % number)
        result.append((str(keys[key], "utf-8", "replace"),
                       None if hash_key is None else str(hash_keys[hash_key], "utf-8", "replace"),
                       payload))
    return result


# ---- the program


def _line(message, as_hex):
    fields = {name: value for name, value in message.items() if name != "data"}
    data = bytes(message["data"])
    try:
        text = None if as_hex else data.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is None:
        fields["data_hex"] = data.hex()
    else:
        fields["data"] = text
    return json.dumps(fields, ensure_ascii=False)


def main():
    parser = argparse.ArgumentParser(description="Takes saved Kinesis records apart.")
    parser.add_argument("--hex", action="store_true", help="print all data as data_hex")
    parser.add_argument("files", metavar="FILE", nargs="+")
    options = parser.parse_args()
    failed = False
    sys.stdout.reconfigure(encoding="utf-8")
    for file in options.files:
        try:
            with open(file, "rb") as opened:
                record = opened.read()
            for message in messages(record):
                print(_line(message, options.hex))
        except (OSError, RecordError) as error:
            print("%s: %s" % (file, error), file=sys.stderr)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
