"""Large contents cut where their bytes say so, so that an insertion moves one border and not all of them.

Up to 256 KiB a content is one blob; above it is cut into chunks of about 96 KiB, and behind the first 64 MiB into
chunks of about 1.5 MiB: edits of so large files are rarely local, and their recipes would grow. The seed gives each
organization borders of its own, so that lengths of blobs do not tell a storage host which known file somebody keeps;
the lengths are sealed in footers besides.
"""

import threading
from collections.abc import Callable, Iterator

from pyfastcdc import FastCDC

WHOLE_UP_TO = 256 << 10
FINE_UP_TO = 64 << 20
WINDOW = 8 << 20
_FINE = {"avg_size": 64 << 10, "min_size": 32 << 10, "max_size": 256 << 10}
_COARSE = {"avg_size": 1 << 20, "min_size": 512 << 10, "max_size": 4 << 20}
LARGEST_CHUNK = 4 << 20
_of_thread = threading.local()


def cut(content: bytes | memoryview, seed: int) -> list[memoryview | bytes]:
    """Return the chunks of a content that is in memory; none for no bytes."""
    if len(content) <= WHOLE_UP_TO:
        return [content] if len(content) else []
    if len(content) > FINE_UP_TO:
        return [chunk for chunk, _ in _cut_window(memoryview(content), 0, seed)]
    return [chunk.data for chunk in _cutter(seed, is_fine=True).cut_buf(content)]


def cut_stream(read: Callable[[int], bytes], seed: int) -> Iterator[bytes]:
    """Yield the chunks of what ``read(length)`` returns until it returns nothing.

    They are the same as `cut` would give for the whole, and no more than a window is in memory.
    """
    at, window, is_last = 0, b"", False
    while not is_last:
        more = fill(read, WINDOW)
        is_last = len(more) < WINDOW
        window += more
        if at == 0 and is_last and len(window) <= WHOLE_UP_TO:
            if window:
                yield window
            return
        for chunk, begin in _cut_window(memoryview(window), at, seed):
            if not is_last and begin + len(chunk) == len(window):
                # More bytes follow, so its end is not known yet.
                at, window = at + begin, window[begin:]
                break
            yield bytes(chunk)


def _cut_window(window: memoryview, at: int, seed: int) -> Iterator[tuple[memoryview, int]]:
    """Yield (chunk, where it begins in the window) for a window that begins at ``at`` of the content."""
    begin = 0
    if at < FINE_UP_TO:
        for chunk in _cutter(seed, is_fine=True).cut_buf(window):
            if at + chunk.offset >= FINE_UP_TO:
                break
            yield window[chunk.offset : chunk.offset + chunk.length], chunk.offset
            begin = chunk.offset + chunk.length
    if begin < len(window):
        rest = window[begin:]
        for chunk in _cutter(seed, is_fine=False).cut_buf(rest):
            yield rest[chunk.offset : chunk.offset + chunk.length], begin + chunk.offset


def fill(read: Callable[[int], bytes], length: int) -> bytes:
    """Return ``length`` bytes, fewer only at the end: sources hand out as little as they like."""
    pieces, missing = [], length
    while missing:
        piece = read(missing)
        if not piece:
            break
        pieces.append(piece)
        missing -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _cutter(seed: int, *, is_fine: bool) -> FastCDC:
    """Return this thread's chunker; the package's objects must not be shared."""
    cutters = _of_thread.__dict__.setdefault("cutters", {})
    if (seed, is_fine) not in cutters:
        if len(cutters) > 16:
            cutters.clear()
        cutters[seed, is_fine] = FastCDC(seed=seed, **(_FINE if is_fine else _COARSE))
    return cutters[seed, is_fine]
