"""Decompresses batches up to a size, in place of aiokafka's codecs.

Those decompress without a limit, 3 MB to 500 MB if need be, and some damaged batches keep them busy for ever.
Kafka limits the compressed size of a batch, and nobody limits what it decompresses to.
"""

import gzip
from collections.abc import Callable
from importlib import import_module
from io import BytesIO
from struct import unpack_from

import cramjam
from aiokafka.errors import CorruptRecordException

#: Thirty times what clients put into a batch by Kafka's defaults.
MOST_BYTES = 32 << 20
_LEAST_BYTES = 1 << 16
_XERIAL = b"\x82SNAPPY\x00"
_XERIAL_HEAD = 16
_FULL = "failed to write whole buffer"
_CODECS = ("gzip", "snappy", "lz4", "zstd")
_RECORDS = ("_crecords.default_records", "_crecords.legacy_records", "default_records", "legacy_records")


class UnpacksTooLargeError(Exception):
    """A batch would decompress to more than `MOST_BYTES`."""

    def __init__(self) -> None:
        super().__init__(f"a batch of more than {MOST_BYTES >> 20} MB unpacked")


def gzip_decode(payload: bytes) -> bytes:
    """Raises `UnpacksTooLargeError`, and `OSError`, `EOFError` or `zlib.error` for what is damaged."""
    with gzip.GzipFile(fileobj=BytesIO(payload)) as file:
        unpacked = file.read(MOST_BYTES + 1)
    _hold_to_most(len(unpacked))
    return unpacked


def snappy_decode(payload: bytes) -> bytes:
    """One block, or the blocks of xerial's framing. Raises as the others do."""
    if payload[: len(_XERIAL)] != _XERIAL:
        return _block(payload, 0)
    parts, at, size = list[bytes](), _XERIAL_HEAD, 0
    while at < len(payload):
        if at + 4 > len(payload):
            raise CorruptRecordException("a block of snappy is cut off")
        (length,) = unpack_from("!i", payload, at)
        if not 0 < length <= len(payload) - at - 4:
            raise CorruptRecordException(f"a block of snappy says that it has {length} bytes")
        parts.append(_block(payload[at + 4 : at + 4 + length], size))
        size += len(parts[-1])
        at += 4 + length
    return b"".join(parts)


def _block(packed: bytes, before: int) -> bytes:
    _hold_to_most(before + cramjam.snappy.decompress_raw_len(packed))
    return bytes(cramjam.snappy.decompress_raw(packed))


def lz4_decode(payload: bytes) -> bytes:
    """Raises `UnpacksTooLargeError`, and `cramjam.DecompressionError` for what is damaged."""
    return _into(cramjam.lz4.decompress_into, payload)


def zstd_decode(payload: bytes) -> bytes:
    """As `lz4_decode`."""
    return _into(cramjam.zstd.decompress_into, payload)


def _into(decompress: Callable[[bytes, bytearray], int], payload: bytes) -> bytes:
    """Try ever larger buffers: the size in a frame is optional, and may be wrong."""
    size = max(_LEAST_BYTES, 8 * len(payload))
    while True:
        size = min(size, MOST_BYTES)
        unpacked = bytearray(size)
        try:
            length = decompress(payload, unpacked)
        except cramjam.DecompressionError as failure:
            if _FULL not in str(failure):
                raise
            if size == MOST_BYTES:
                raise UnpacksTooLargeError from None
            size *= 4
        else:
            return bytes(memoryview(unpacked)[:length])


def _hold_to_most(size: int) -> None:
    if size > MOST_BYTES:
        raise UnpacksTooLargeError


def install() -> None:
    """Replace aiokafka's codecs, in its compiled modules and in the plain ones."""
    for module in (
        "_crecords.default_records",
        "_crecords.legacy_records",
        "default_records",
        "legacy_records",
    ):
        try:
            records = import_module(f"aiokafka.record.{module}")
        except ImportError:  # not compiled here
            continue
        for codec in _CODECS:
            if hasattr(records, f"{codec}_decode"):
                setattr(records, f"{codec}_decode", globals()[f"{codec}_decode"])
