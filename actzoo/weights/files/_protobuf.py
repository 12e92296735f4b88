"""The wire format of protobuf, as much as Paddle's files need; knows no message. No claimed size is believed."""

from __future__ import annotations

from collections.abc import Iterator

from ._errors import WeightsFileError

_FIXED = {1: 8, 5: 4}


def fields(data: memoryview, start: int = 0) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of a message, each with its number: a number, or the bytes of a text, a message or a float.

    `start` is where the message lies in its file, for errors.
    """
    at = 0
    while at < len(data):
        tag, at = _varint(data, at, start)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(data, at, start)
            yield number, value
            continue
        length = _FIXED.get(wire)
        if wire == 2:
            length, at = _varint(data, at, start)
        if length is None or length > len(data) - at:
            raise WeightsFileError("no readable protobuf message", start + at)
        yield number, data[at : at + length]
        at += length


def signed(value: int) -> int:
    """A varint as the signed number of 64 bits that it stands for."""
    return value - (1 << 64) if value >> 63 else value


def _varint(data: memoryview, at: int, start: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at == len(data):
            break
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if not byte & 0x80:
            return value & (1 << 64) - 1, at
    raise WeightsFileError("no readable protobuf message: a number has no end", start + at)
