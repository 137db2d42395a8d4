"""What is sent bit by bit: a board of thousands of queues, never in memory whole, and streams to viewers."""

import asyncio
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import replace

from aiohttp import hdrs, web
from isal import isal_zlib
from msgspec.json import encode

from stream.board.document import document, queue_document
from stream.board.rows import Board
from stream.web.compression import is_taken

_ROWS_AT_ONCE = 25
#: Of what a client has not read yet, so much waits here; then it is waited for.
_UNREAD_BYTES = 32 << 10
#: The kernel holds twice as much for the same client; by itself it would hold megabytes.
_SENT_BYTES = 128 << 10
_NO_LINGERING = struct.pack("ii", 1, 0)
#: Whoever has not read on for so long is cut off.
UNREAD_SECONDS = 20.0
#: So long may take who is sent one whole answer: others wait until it has been.
WHOLE_SECONDS = 30.0


def parts(board: Board, tenant: str) -> Iterator[bytes]:
    """The JSON document of a board, in order, some queues at a time."""
    members = list(document(replace(board, queues=[]), tenant=tenant).items())
    at = members.index(("queues", []))
    yield encode(dict(members[:at]))[:-1] + b',"queues":['
    for first in range(0, len(board.queues), _ROWS_AT_ONCE):
        some = board.queues[first : first + _ROWS_AT_ONCE]
        rows = b",".join([encode(queue_document(queue)) for queue in some])
        yield b"," + rows if first else rows
    yield b"]," + encode(dict(members[at + 1 :]))[1:]


async def send_board(request: web.Request, board: Board, tenant: str) -> web.StreamResponse:
    """Answer with a board; between two parts others have their turn."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    found = parts(board, tenant)
    return await send_whole(request, _packed(found) if is_taken(request) else found, headers)


async def send_whole(
    request: web.Request, pieces: Iterable[bytes], headers: dict[str, str]
) -> web.StreamResponse:
    """Answer piece by piece; packed where that is taken. Raises `ConnectionError` like `send`."""
    packing = {"Content-Encoding": "gzip"} if is_taken(request) else {}
    response = web.StreamResponse(headers=headers | packing)
    await begin(request, response)
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            for piece in pieces if request.method != hdrs.METH_HEAD else ():
                await send(request, response, piece)
                await asyncio.sleep(0)
            await response.write_eof()
    except TimeoutError:
        raise _cut_off(request) from None
    return response


async def begin(request: web.Request, response: web.StreamResponse) -> None:
    """Send the head, and bound what is kept for a client that does not read."""
    await response.prepare(request)
    if (transport := request.transport) is not None:
        transport.set_write_buffer_limits(high=_UNREAD_BYTES)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SENT_BYTES)


async def send(request: web.Request, response: web.StreamResponse, data: bytes) -> None:
    """Send some more. Raises `ConnectionError` where it has not been read in time: then it is cut off."""
    for at in range(0, len(data), _UNREAD_BYTES):
        try:
            async with asyncio.timeout(UNREAD_SECONDS):
                await response.write(data[at : at + _UNREAD_BYTES])
        except TimeoutError:
            raise _cut_off(request) from None


def _cut_off(request: web.Request) -> ConnectionError:
    """Hang up and have the kernel forget at once what it holds for a client that will not read it."""
    if (transport := request.transport) is not None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
        transport.abort()
    return ConnectionAbortedError("nothing was read for too long")


def _packed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    packer = isal_zlib.compressobj(1, wbits=isal_zlib.MAX_WBITS | 16)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()
