"""What runs in the bounded process: limits first, then questions from its input until that ends.

Whatever could open something is loaded before; from then on no file and no socket can be opened, as there is no number
left for one.
"""

import contextlib
import json
import resource
import struct
import sys
from typing import BinaryIO

from backups.content.child import READY
from backups.content.document_readers import Refused, text_of, warm_up
from backups.content.sanitising import sanitised

_LENGTHS = struct.Struct(">II")
_STANDARD_STREAMS = 3


def main(memory: int) -> None:
    """Answer questions until the other side closes. ``memory`` are the bytes of addresses that there may be."""
    warm_up()
    limit(memory)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    target.write(READY)
    target.flush()
    while lengths := source.read(_LENGTHS.size):
        head, content = _LENGTHS.unpack(lengths)
        _answer(json.loads(source.read(head)), source.read(content), target)


def limit(memory: int) -> None:
    """Take from this process what reading needs not: memory, files, sockets.

    Not processes: threads count as such, and a reader starts one for each document.
    """
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_NOFILE, _STANDARD_STREAMS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        # A system that does not know one of them still knows the others.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def _answer(question: dict, content: bytes, target: BinaryIO) -> None:
    _give_time(question["seconds"])
    state, text, note = "DONE", "", ""
    try:
        if question["task"] == "sanitise":
            found = sanitised(content.decode(), question["nonce"])
            text, note = found.html, str(found.blocked)
        else:
            text = text_of(question["format"], content, question["limit"])
    except Refused as problem:
        state = problem.state
    except (MemoryError, RecursionError):
        state = "TOO_MUCH_MEMORY"
    body = text.encode("utf-8", "ignore")
    about = json.dumps({"state": state, "note": note}).encode()
    target.write(_LENGTHS.pack(len(about), len(body)) + about + body)
    target.flush()


def _give_time(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, most))
