"""Compressed batches are unpacked as aiokafka does, but no larger than a bound, and damaged ones end."""

import os
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

import aiokafka.codec
import cramjam
import pytest
from aiokafka.errors import KafkaError

from stream.broker import unpacking
from stream.broker.unpacking import MOST_BYTES, UnpacksTooLargeError

pytestmark = pytest.mark.pure

CODECS = ("gzip", "snappy", "lz4", "zstd")
TEXT = b'{"type":"visit.queued","subject":"c1"}' * 3_000
#: Blocks of 32 kB in xerial's framing, which Kafka's own clients write.
XERIAL_HEAD = b"\x82SNAPPY\x00" + struct.pack("!ii", 1, 1)


def packed(codec: str, data: bytes) -> bytes:
    encode: Callable[[bytes], bytes] = getattr(aiokafka.codec, f"{codec}_encode")
    return encode(data)


def unpacked(codec: str, data: bytes) -> bytes:
    decode: Callable[[bytes], bytes] = getattr(unpacking, f"{codec}_decode")
    return decode(data)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("data", [b"", b"x", TEXT, os.urandom(200_000), bytes(3_000_000)])
def test_what_was_packed_comes_back(codec: str, data: bytes) -> None:
    assert unpacked(codec, packed(codec, data)) == data


def test_a_block_of_snappy_without_framing_comes_back() -> None:
    assert unpacking.snappy_decode(bytes(cramjam.snappy.compress_raw(TEXT))) == TEXT


@pytest.mark.parametrize("codec", CODECS)
def test_a_batch_that_is_a_bomb_is_not_unpacked(codec: str) -> None:
    bomb = packed(codec, bytes(MOST_BYTES + 1))
    with pytest.raises(UnpacksTooLargeError, match="more than 32 MB unpacked"):
        unpacked(codec, bomb)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("damage", ["cut", "flipped", "nothing"])
def test_what_is_damaged_ends(codec: str, damage: str) -> None:
    data = packed(codec, TEXT)
    middle = len(data) // 2
    damaged = {
        "cut": data[:middle],
        "flipped": data[:middle] + bytes(b ^ 0xFF for b in data[middle : middle + 8]) + data[middle + 8 :],
        "nothing": b"\xff" * 40,
    }[damage]
    found = b""
    with suppress(ValueError, OSError, EOFError, zlib.error, cramjam.DecompressionError, KafkaError):
        found = unpacked(codec, damaged)
    assert found != TEXT


@pytest.mark.parametrize("length", [-4, 0, 1 << 30, -(1 << 31)])
def test_blocks_that_lie_about_their_length_are_damage_and_no_endless_work(length: int) -> None:
    with pytest.raises(Exception, match="a block of snappy says that it has"):
        unpacking.snappy_decode(XERIAL_HEAD + struct.pack("!i", length) + b"abcdefgh")


def test_a_block_that_lies_about_what_it_comes_to_takes_no_memory() -> None:
    with pytest.raises(UnpacksTooLargeError):
        unpacking.snappy_decode(b"\xff\xff\xff\xff\x0f" + b"abc")


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("module", ["_crecords.default_records", "_crecords.legacy_records"])
def test_aiokafka_uses_them(module: str, codec: str) -> None:
    records = import_module(f"aiokafka.record.{module}")
    if (module, codec) != ("_crecords.legacy_records", "zstd"):  # younger than that format
        assert getattr(records, f"{codec}_decode") is getattr(unpacking, f"{codec}_decode")
