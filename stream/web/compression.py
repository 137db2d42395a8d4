"""What is sent packed to who takes that: a scrape is megabytes, which zlib takes five times as long for."""

from aiohttp import web
from isal import isal_zlib

_LEVEL = 1
#: Of a gzip stream without name and time, made on any system; see RFC 1952.
HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def is_taken(request: web.Request) -> bool:
    """Whether who asks takes gzip."""
    return "gzip" in request.headers.get("Accept-Encoding", "")


def packed(body: bytes) -> bytes:
    """The whole of an answer."""
    return isal_zlib.compress(body, _LEVEL, isal_zlib.MAX_WBITS | 16)


def part(message: bytes) -> bytes:
    """A message of a stream that begins with `HEAD`: it leans on none before, so it is made once for all."""
    packer = isal_zlib.compressobj(_LEVEL, wbits=-isal_zlib.MAX_WBITS)
    return packer.compress(message) + packer.flush(isal_zlib.Z_SYNC_FLUSH)
