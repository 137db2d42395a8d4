"""What is sent bit by bit: a board of thousands of queues, never in memory whole, and streams to viewers."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

from aiohttp import web
from isal import isal_zlib
from msgspec.json import encode

from stream.board.document import document, queue_document
from stream.board.rows import Board
from stream.web.compression import is_taken

_ROWS_AT_ONCE = 100
#: Of what a client has not read yet, so much waits here; then it is waited for.
_UNREAD_BYTES = 32 << 10
#: Whoever has not read on for so long is cut off.
UNREAD_SECONDS = 20.0
_QUEUES = b'"queues":[]'


def parts(board: Board, tenant: str) -> Iterator[bytes]:
    """The JSON document of a board, in order, some queues at a time."""
    # A name that holds what is looked for has its quotes escaped: this is the document's own.
    before, _, after = encode(document(replace(board, queues=[]), tenant=tenant)).partition(_QUEUES)
    yield before + _QUEUES[:-1]
    for first in range(0, len(board.queues), _ROWS_AT_ONCE):
        some = board.queues[first : first + _ROWS_AT_ONCE]
        rows = b",".join([encode(queue_document(queue)) for queue in some])
        yield b"," + rows if first else rows
    yield b"]" + after


async def send_board(request: web.Request, board: Board, tenant: str) -> web.StreamResponse:
    """Answer with a board; between two parts others have their turn."""
    small = is_taken(request)
    headers = {"Content-Type": "application/json; charset=utf-8"}
    response = web.StreamResponse(headers=headers | ({"Content-Encoding": "gzip"} if small else {}))
    await begin(request, response)
    packer = isal_zlib.compressobj(1, wbits=isal_zlib.MAX_WBITS | 16) if small else None
    for part in parts(board, tenant):
        if packed := part if packer is None else packer.compress(part):
            await send(request, response, packed)
        await asyncio.sleep(0)
    if packer is not None:
        await send(request, response, packer.flush())
    await response.write_eof()
    return response


async def begin(request: web.Request, response: web.StreamResponse) -> None:
    """Send the head, and bound what is kept for a client that does not read."""
    await response.prepare(request)
    if request.transport is not None:
        request.transport.set_write_buffer_limits(high=_UNREAD_BYTES)


async def send(request: web.Request, response: web.StreamResponse, data: bytes) -> None:
    """Send some more. Raises `ConnectionError` where it has not been read in time: then it is cut off."""
    try:
        async with asyncio.timeout(UNREAD_SECONDS):
            await response.write(data)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionAbortedError("nothing was read for too long") from None
