"""Content as a stream: gone on after a break, fetched from the host the provider names, verified before its end.

Follows Microsoft's page "Download driveItem content" and RFC 9110 sections 13.1.5 (If-Range) and 14 (ranges).
"""

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Protocol

import httpx

from backups.connectors.base import ConnectorError, DamagedOnTheWay, NotThere, UnexpectedAnswer
from backups.connectors.http import Http
from backups.connectors.trips import request_id_of

_BLOCK = 256 << 10
# How often one download may break off, or be sent to an address that has expired, without a byte in between.
_BREAKS = 5
_EXPIRED = frozenset({401, 403, 404, 410})


class Verifier(Protocol):
    """A hash that the provider told us, computed on the way."""

    def update(self, data: bytes) -> None: ...

    def matches(self) -> bool: ...


class Download:
    """A `Readable` of one content. ``ask(headers)`` asks the provider and returns its answer, or a redirect.

    Not for several threads. Raises `DamagedOnTheWay` instead of the end where size or hash do not fit, and whatever
    ``ask`` raises.
    """

    def __init__(
        self,
        http: Http,
        ask: Callable[[dict], httpx.Response],
        *,
        scope: str,
        headers: dict[str, str] | None = None,
        size: int | None = None,
        verify: Verifier | None = None,
    ) -> None:
        self.http, self.ask, self.scope = http, ask, scope
        self.headers, self.size, self.verify = headers or {}, size, verify
        self.received = 0
        self._answer: httpx.Response | None = None
        self._blocks: Iterator[bytes] = iter(())
        self._held = b""
        self._etag = self._address = ""
        self._total: int | None = None
        self._breaks = 0
        self._is_over = False

    def __enter__(self) -> "Download":
        try:
            self._begin()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._close()

    def read(self, length: int = -1) -> bytes:
        """Return up to ``length`` bytes, b"" at the end, everything that is left for -1."""
        if length < 0:
            return b"".join(iter(lambda: self.read(_BLOCK), b""))
        while not self._held and not self._is_over:
            self._held = self._next()
        taken, self._held = self._held[:length], self._held[length:]
        return taken

    def _next(self) -> bytes:
        """Return the next block, going on where it broke off; b"" once everything came and fits."""
        try:
            block = next(self._blocks, b"")
        except httpx.RequestError as problem:
            self._break_off(problem)
            return b""
        if block:
            self._breaks = 0
            self.received += len(block)
            if self.verify:
                self.verify.update(block)
        elif self._total is not None and self.received < self._total:
            self._break_off(None)
        else:
            self._end()
        return block

    def _break_off(self, problem: httpx.RequestError | None) -> None:
        self._breaks += 1
        if self._breaks >= _BREAKS:
            raise UnexpectedAnswer("A download broke off again and again.") from problem
        self._close()
        self._begin()

    def _begin(self) -> None:
        """Ask for everything from ``received`` on."""
        answer = self._answered()
        etag = answer.headers.get("ETag", "")
        if self.received and answer.status_code == 200:
            self._refuse_another_version(etag)
            self._take(answer, begin=0)
            self._skip(self.received)
            return
        begin = _begin_of(answer) if answer.status_code == 206 else 0
        if begin != self.received:
            answer.close()
            raise UnexpectedAnswer("A download goes on at another place than asked for.")
        self._refuse_another_version(etag)
        self._take(answer, begin=begin)

    def _answered(self) -> httpx.Response:
        """Return the answer with the content, from the address known or a fresh one."""
        for _ in range(_BREAKS):
            answer = self._fetched() if self._address else self.ask(self.headers | self._range())
            if answer.is_redirect:
                self._address = answer.headers.get("Location", "")
                answer.close()
            elif answer.is_success:
                return answer
            elif answer.status_code in _EXPIRED:
                # Download addresses live for minutes only.
                self._address = ""
                answer.close()
            else:
                raise _refusal(answer)
        raise NotThere("The provider names addresses for this content and refuses them all.")

    def _fetched(self) -> httpx.Response:
        return self.http.fetch(
            self._address, scope=self.scope, headers={**self._range(), "Accept-Encoding": "identity"}
        )

    def _range(self) -> dict[str, str]:
        if not self.received:
            return {}
        # Weak tags do not say that bytes are the same.
        same = {"If-Range": self._etag} if self._etag and not self._etag.startswith("W/") else {}
        return {"Range": f"bytes={self.received}-", **same}

    def _refuse_another_version(self, etag: str) -> None:
        if self.received and etag != self._etag:
            raise DamagedOnTheWay("The content changed while it was downloaded.")
        self._etag = etag

    def _take(self, answer: httpx.Response, *, begin: int) -> None:
        length = answer.headers.get("Content-Length", "")
        is_plain = not answer.headers.get("Content-Encoding")
        self._total = begin + int(length) if length.isdecimal() and is_plain else None
        self._answer, self._blocks = answer, answer.iter_bytes()

    def _skip(self, left: int) -> None:
        """Pass over what came before: the host gave everything from the start."""
        for block in self._blocks:
            if len(block) >= left:
                self._blocks = chain([block[left:]], self._blocks) if len(block) > left else self._blocks
                return
            left -= len(block)
        raise UnexpectedAnswer("A download is shorter than it was before.")

    def _end(self) -> None:
        self._is_over = True
        if self.size is not None and self.received != self.size:
            raise DamagedOnTheWay(f"{self.received} bytes arrived instead of {self.size}.")
        if self.verify and not self.verify.matches():
            raise DamagedOnTheWay("The bytes that arrived are not those the provider has: their hash differs.")

    def _close(self) -> None:
        if self._answer is not None:
            self._answer.close()
        self._answer, self._blocks = None, iter(())


def _begin_of(answer: httpx.Response) -> int:
    found = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(found[1]) if found else -1


def _refusal(answer: httpx.Response) -> ConnectorError:
    return UnexpectedAnswer(
        f"The host of a download answered {answer.status_code}.",
        code=str(answer.status_code),
        request_id=request_id_of(answer),
    )
