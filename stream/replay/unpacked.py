"""The content of a file that is plain or packed by gzip or zstd, recognised by its first bytes."""

import sys
import zlib
from collections.abc import Callable
from gzip import BadGzipFile, GzipFile
from io import BufferedReader, RawIOBase
from typing import BinaryIO, cast

from stream.errors import PantauError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["UnreadableFile", "unpacked", "zstd"]

_AT_ONCE = 1 << 18
_LONGEST_MARK = 8
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PACKED: dict[bytes, Callable[[BinaryIO], BinaryIO]] = {
    b"\x1f\x8b": lambda file: cast(BinaryIO, GzipFile(fileobj=file)),
    b"\x28\xb5\x2f\xfd": lambda file: cast(BinaryIO, zstd.ZstdFile(file)),
}
_DAMAGED = (BadGzipFile, zlib.error, zstd.ZstdError)
_TEXT = "text in {0}; give UTF-8: iconv -f {0} -t UTF-8"
_OTHER = "packed by {}; unpack it, or pack it with gzip or zstd"
_TABLE = "{} file; give its records as JSON, one per line"
#: First bytes of files that are no logs; of two with a common beginning the longer comes first.
_NO_LOGS = (
    (b"\xff\xfe\0\0", _TEXT.format("UTF-32")),
    (b"\0\0\xfe\xff", _TEXT.format("UTF-32")),
    (b"\xff\xfe", _TEXT.format("UTF-16")),
    (b"\xfe\xff", _TEXT.format("UTF-16")),
    (b"PK\x03\x04", "a zip archive; unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it"),
    (b"BZh", _OTHER.format("bzip2")),
    (b"\xfd7zXZ\0", _OTHER.format("xz")),
    (b"\x04\x22\x4d\x18", _OTHER.format("lz4")),
    (b"PAR1", _TABLE.format("a Parquet")),
    (b"Obj\x01", _TABLE.format("an Avro")),
)


class UnreadableFile(PantauError):  # noqa: N818 - as BadRecord
    """A file with invalid content; the message says what to do and leaves out the file name."""


def unpacked(file: BinaryIO, advance: Callable[[int], None]) -> BufferedReader:
    """The content of `file`, in bounded memory, without a byte-order mark.

    `advance` gets the bytes read so far. Raises `UnreadableFile` for a file whose first bytes show that it is
    no log; reading from the result raises it for a file that is damaged or cut short.
    """

    def read(most: int) -> bytes:
        found = file.read(most)
        advance(len(found))
        return found

    mark, content = _begun(read)
    unpack = _packing(mark)
    if unpack is not None:
        mark, content = _begun(_unpacking(unpack(content)))
        if _packing(mark) is not None:
            raise UnreadableFile("is packed twice; unpack it once")
    _require_log(mark)
    return content


def _packing(mark: bytes) -> Callable[[BinaryIO], BinaryIO] | None:
    return next((unpack for begin, unpack in _PACKED.items() if mark.startswith(begin)), None)


def _unpacking(packed: BinaryIO) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        try:
            return packed.read(most)
        except EOFError:
            raise UnreadableFile("is incomplete; copy it again") from None
        except _DAMAGED as failure:
            raise UnreadableFile(f"is damaged: {failure}; copy it again") from None

    return read


def _require_log(mark: bytes) -> None:
    for begin, what in _NO_LOGS:
        if mark.startswith(begin):
            raise UnreadableFile(f"is {what}")
    first, second = mark[:1], mark[1:2]
    if second == b"\0" and first.isalnum() | (first in {b"{", b'"'}):
        raise UnreadableFile(f"is {_TEXT.format('UTF-16LE')}")
    if first == b"\0" and second.isalnum() | (second in {b"{", b'"'}):
        raise UnreadableFile(f"is {_TEXT.format('UTF-16BE')}")


def _begun(read: Callable[[int], bytes]) -> tuple[bytes, BufferedReader]:
    """The first bytes of a stream, and the stream from its start; both without a byte-order mark."""
    mark = b""
    while len(mark) < _LONGEST_MARK and (found := read(_LONGEST_MARK - len(mark))):
        mark += found
    mark = mark.removeprefix(_BYTE_ORDER_MARK)
    return mark, BufferedReader(_Stream(mark, read), _AT_ONCE)


class _Stream(RawIOBase):
    """A stream with its first bytes put back."""

    def __init__(self, head: bytes, read: Callable[[int], bytes]) -> None:
        super().__init__()
        self._head, self._read = head, read

    def readable(self) -> bool:
        """Always true."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # the buffer it is given is one
        """Read into the buffer what is available."""
        found = self._head or self._read(len(buffer))
        self._head = b""
        buffer[: len(found)] = found
        return len(found)
