"""One line on a terminal that says how far something is; nothing at all where nobody looks."""

import sys
import time
from types import TracebackType
from typing import TextIO

_EVERY = 0.2
_BAR = 24


class ProgressLine:
    """A context manager. `tell` may be called as often as one likes; the line is gone at the end.

    It is written only when ``stream`` is a terminal and ``shows`` is true, a few times a second.
    """

    def __init__(self, *, shows: bool = True, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._shows = shows and self._stream.isatty()
        self._next = 0.0
        self._is_written = False

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, kind: type | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self.clear()

    def tell(self, what: str, done: int, total: int = 0) -> None:
        """Say that ``done`` of ``total`` (0: nobody knows) are through."""
        if not self._shows or (time.monotonic() < self._next and done != total):
            return
        self._next = time.monotonic() + _EVERY
        self._stream.write(f"\r{_line(what, done, total)}\x1b[K")
        self._stream.flush()
        self._is_written = True

    def clear(self) -> None:
        """Remove the line, so that something else can be written."""
        if self._is_written:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._is_written = False


def _line(what: str, done: int, total: int) -> str:
    if not total:
        return f"{what}: {done:,}"
    full = _BAR * min(done, total) // total
    return f"{what} [{'#' * full}{'.' * (_BAR - full)}] {done:,} of {total:,}"
