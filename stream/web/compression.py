"""What is sent packed to who takes that, at a level that is fast: the highest are ten times as slow."""

import zlib

from aiohttp import web

_LEVEL = 1
#: Of a gzip stream without name and time, made on any system; see RFC 1952.
HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def is_taken(request: web.Request) -> bool:
    """Whether who asks takes gzip."""
    return "gzip" in request.headers.get("Accept-Encoding", "")


def packed(body: bytes) -> bytes:
    """The whole of an answer."""
    return zlib.compress(body, _LEVEL, zlib.MAX_WBITS | 16)


def part(message: bytes) -> bytes:
    """A message of a stream that begins with `HEAD`: it leans on none before, so it is made once for all."""
    packer = zlib.compressobj(_LEVEL, wbits=-zlib.MAX_WBITS)
    return packer.compress(message) + packer.flush(zlib.Z_SYNC_FLUSH)
