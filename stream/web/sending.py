"""Sends large boards in pieces, so that they are never whole in memory, and streams to viewers."""

import asyncio
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import replace

from aiohttp import hdrs, web
from msgspec.json import encode

from stream.board.document import document, queue_document
from stream.board.rows import Board
from stream.web.compression import is_taken, packed

_ROWS_AT_ONCE = 25
#: How many unread bytes are buffered for a client.
_UNREAD_BYTES = 32 << 10
#: The send buffer of the kernel, which holds twice this; its default is megabytes.
_SENT_BYTES = 128 << 10
_NO_LINGERING = struct.pack("ii", 1, 0)
#: A client that reads nothing for this long is disconnected.
UNREAD_SECONDS = 20.0
#: The longest time for one whole response, because other requests wait for it.
WHOLE_SECONDS = 30.0


def board_pieces(board: Board, tenant: str) -> Iterator[bytes]:
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
    """Answer with a board; other tasks run between two pieces."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    found = board_pieces(board, tenant)
    return await send_whole(request, packed(found) if is_taken(request) else found, headers)


async def send_whole(
    request: web.Request, pieces: Iterable[bytes], headers: dict[str, str]
) -> web.StreamResponse:
    """Answer with pieces, which are gzip if the client accepts it. Raises `ConnectionError` like `send`."""
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
    """Send the headers, and limit the buffers for a client that does not read."""
    await response.prepare(request)
    if (transport := request.transport) is not None:
        transport.set_write_buffer_limits(high=_UNREAD_BYTES)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SENT_BYTES)


async def send(request: web.Request, response: web.StreamResponse, data: bytes) -> None:
    """Send data. Raises `ConnectionError` after disconnecting a client that did not read in time."""
    for at in range(0, len(data), _UNREAD_BYTES):
        try:
            async with asyncio.timeout(UNREAD_SECONDS):
                await response.write(data[at : at + _UNREAD_BYTES])
        except TimeoutError:
            raise _cut_off(request) from None


def _cut_off(request: web.Request) -> ConnectionError:
    """Disconnect at once, and discard what the kernel has buffered for the client."""
    if (transport := request.transport) is not None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
        transport.abort()
    return ConnectionAbortedError("nothing was read for too long")
