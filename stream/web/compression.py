"""Gzip compression of responses. A scrape is megabytes, for which zlib takes five times as long as isal."""

from collections.abc import Iterable, Iterator

from aiohttp import web
from isal import isal_zlib

_LEVEL = 1  # a scrape is megabytes: the higher levels take longer than they save
_WHOLE = isal_zlib.MAX_WBITS | 16
_PIECE_BYTES = 256 << 10
#: The header of a gzip stream without name and time, for any system; see RFC 1952.
HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def is_taken(request: web.Request) -> bool:
    """Whether the client accepts gzip."""
    return "gzip" in request.headers.get("Accept-Encoding", "")


def packed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """An answer compressed piece by piece, so that only one piece is held as text at a time."""
    packer = isal_zlib.compressobj(_LEVEL, wbits=_WHOLE)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def unpacked(body: bytes) -> Iterator[bytes]:
    """Decompress a response piece by piece, for clients that do not accept gzip."""
    opener = isal_zlib.decompressobj(wbits=_WHOLE)
    while not opener.eof:
        yield opener.decompress(body, _PIECE_BYTES)
        body = opener.unconsumed_tail


def packed_message(message: bytes) -> bytes:
    """A message for a gzip stream after `HEAD`; independent of earlier messages, so clients share it."""
    packer = isal_zlib.compressobj(_LEVEL, wbits=-isal_zlib.MAX_WBITS)
    return packer.compress(message) + packer.flush(isal_zlib.Z_SYNC_FLUSH)
