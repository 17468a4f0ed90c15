"""Bounds what an answer may hold, packed and unpacked, so that one wrong answer cannot fill the memory."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ENCODING = "gzip"
"""Can be unpacked up to a limit; asked for, and the only one taken."""
LARGEST_BODY = 8 * 2**20
"""Bytes; a page of a hundred charges has some hundred thousand."""
_GZIP = zlib.MAX_WBITS | 16


class TooLargeError(httpx.TransportError):
    """The answer is larger than any that makes sense."""


async def limit_body(response: httpx.Response) -> None:
    """For httpx's event hook: read no more of this answer than `LARGEST_BODY`, and unpack no more than that."""
    if not isinstance(response.stream, httpx.AsyncByteStream):
        return
    encoding = response.headers.pop("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "", ENCODING, "x-gzip"}:
        raise httpx.DecodingError(f"{encoding!r} was not asked for")
    response.stream = _LimitedStream(response.stream, is_packed=encoding.endswith(ENCODING))


class _LimitedStream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, *, is_packed: bool) -> None:
        self._stream = stream
        self._unpacker = zlib.decompressobj(_GZIP) if is_packed else None
        self._left = LARGEST_BODY

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for sent in self._stream:
            yield self._within_limit(self._unpacked(sent))

    def _unpacked(self, sent: bytes) -> bytes:
        if self._unpacker is None:
            return sent
        try:
            return self._unpacker.decompress(sent, self._left + 1)
        except zlib.error as err:
            raise httpx.DecodingError(str(err)) from err

    def _within_limit(self, chunk: bytes) -> bytes:
        self._left -= len(chunk)
        if self._left < 0:
            raise TooLargeError(f"more than {LARGEST_BODY} bytes")
        return chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
