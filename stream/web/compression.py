"""What is sent packed to who takes that: a scrape is megabytes, which zlib takes five times as long for."""

from collections.abc import Iterable, Iterator

from aiohttp import web
from isal import isal_zlib

_LEVEL = 1
_WHOLE = isal_zlib.MAX_WBITS | 16
_PIECE_BYTES = 256 << 10
#: Of a gzip stream without name and time, made on any system; see RFC 1952.
HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def is_taken(request: web.Request) -> bool:
    """Whether who asks takes gzip."""
    return "gzip" in request.headers.get("Accept-Encoding", "")


def packed(pieces: Iterable[str]) -> bytes:
    """The whole of an answer, of which there is only a piece at a time as text."""
    packer = isal_zlib.compressobj(_LEVEL, wbits=_WHOLE)
    return b"".join([*(packer.compress(piece.encode()) for piece in pieces), packer.flush()])


def unpacked(body: bytes) -> Iterator[bytes]:
    """What was packed, for who does not take that: a piece at a time again."""
    opener = isal_zlib.decompressobj(wbits=_WHOLE)
    while not opener.eof:
        yield opener.decompress(body, _PIECE_BYTES)
        body = opener.unconsumed_tail


def part(message: bytes) -> bytes:
    """A message of a stream that begins with `HEAD`: it leans on none before, so it is made once for all."""
    packer = isal_zlib.compressobj(_LEVEL, wbits=-isal_zlib.MAX_WBITS)
    return packer.compress(message) + packer.flush(isal_zlib.Z_SYNC_FLUSH)
