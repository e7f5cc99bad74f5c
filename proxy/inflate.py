"""Undo a Content-Encoding piece by piece, never making more than was asked for.

Pure. A bomb of any ratio costs the limit and no more; bytes after the end of the stream are ignored, as
browsers do. Encodings: RFC 9110, section 8.4.1; the fetcher asks for no others.
"""

from __future__ import annotations

import zlib

ACCEPTED = "gzip, deflate"  # the Accept-Encoding header

_IDENTITY = frozenset({"", "identity"})
_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


class BrokenEncodingError(Exception):
    """The bytes are not what their Content-Encoding says, or it is one that was not asked for."""


class Inflater:
    """Decompresses a stream up to a limit of bytes; `is_full` says that more would have come."""

    def __init__(self, coding: str, limit: int) -> None:
        self._coding = coding.strip().lower()
        if self._coding not in _IDENTITY | _GZIP | {"deflate"}:
            raise BrokenEncodingError(f"Content-Encoding {self._coding[:40]} was not asked for")
        self._stream = zlib.decompressobj(_GZIP_WINDOW if self._coding in _GZIP else zlib.MAX_WBITS)
        self._left = limit
        self._has_begun = False
        self.is_full = False

    def feed(self, data: bytes) -> bytes:
        """Return what the next piece holds, as far as the limit allows."""
        if self.is_full or not data:
            return b""
        out = data if self._coding in _IDENTITY else self._inflated(data)
        self.is_full = len(out) > self._left
        kept = out[: self._left]
        self._left -= len(kept)
        return kept

    def _inflated(self, data: bytes) -> bytes:
        try:
            out = self._stream.decompress(data, self._left + 1)
        except zlib.error as error:
            if self._coding != "deflate" or self._has_begun:
                raise BrokenEncodingError(str(error)) from error
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)  # many servers send it without its header
            self._has_begun = True
            return self._inflated(data)
        self._has_begun = True
        return out
