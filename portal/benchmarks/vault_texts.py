"""Texts, office documents and mails in a language nobody speaks: words as frequent as in a real one."""

import json
from base64 import encodebytes
from bisect import bisect
from collections.abc import Iterable
from itertools import accumulate, product
from random import Random

_VOCABULARY = 20_000
_SYLLABLES = [first + second for first, second in product("b d f g k l m n p r s t v z st tr pl ch".split(),
                                                          "a e i o u ai en or".split())]  # fmt: skip


class Texts:
    """Makes content by ``chance``."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        words: dict[str, None] = {}
        while len(words) < _VOCABULARY:
            words["".join(chance.choices(_SYLLABLES, k=chance.randrange(1, 5)))] = None
        # Frequent words are short.
        self._words = sorted(words, key=len)
        self._weights = [*accumulate(1 / (rank + 2.7) ** 1.05 for rank in range(_VOCABULARY))]
        self._styles = [self._style() for _ in range(12)]

    def words(self, count: int) -> list[str]:
        """Return words as often as a language uses them."""
        return self.chance.choices(self._words, cum_weights=self._weights, k=count)

    def paragraphs(self, count: int) -> list[str]:
        """Return ``count`` words in paragraphs of 25 to 110."""
        words, made, at = self.words(count), [], 0
        while at < count:
            length = self.chance.randrange(25, 110)
            made.append(" ".join(words[at : at + length]).capitalize() + ".")
            at += length
        return made

    def document(self, length: int) -> tuple[str, bytes]:
        """Return (ending, content): two thirds do not compress, as office documents, PDFs and pictures do not."""
        kind = bisect((0.6, 0.75, 0.9), self.chance.random())
        if kind == 0:
            return self.chance.choice(("docx", "xlsx", "pdf", "jpg")), b"PK\x03\x04" + self.chance.randbytes(length)
        if kind == 1:
            return "csv", "\r\n".join(self._rows(max(2, length // 42))).encode()
        if kind == 2:
            return "txt", "\r\n".join(self.paragraphs(max(20, length // 6))).encode()
        count = max(1, length // 48)
        number = self.chance.randrange
        return "json", json.dumps([{"id": number(1 << 40), "name": word} for word in self.words(count)]).encode()

    def edited(self, content: bytes) -> bytes:
        """Return content changed in one to four places."""
        changed = bytearray(content)
        for _ in range(self.chance.randrange(1, 5)):
            at, new = self.chance.randrange(len(changed) + 1), self.chance.randbytes(self.chance.randrange(1, 200))
            changed[at : at + (len(new) if self.chance.random() < 0.5 else 0)] = new
        return bytes(changed)

    def mail(
        self, people: list[str], border: str, paragraphs: list[str], attached: Iterable[tuple[str, bytes]]
    ) -> bytes:
        """Return a mail without trace headers: text, the same as HTML, attachments in base64."""
        sender, receiver = self.chance.choices(people, k=2)
        plain = "\r\n\r\n".join(paragraphs)
        style = '<p class="Text"><span lang="EN" style="font-size:11.0pt">'
        html = "\r\n".join(f"{style}{one}</span></p>" for one in paragraphs)
        head = (
            f"From: {sender}@corp.example\r\nTo: {receiver}@corp.example\r\nSubject: {' '.join(self.words(6))}\r\n"
            f"Message-ID: <{self.chance.getrandbits(60):016x}@mail.example>\r\nMIME-Version: 1.0\r\n"
            f'Content-Type: multipart/mixed; boundary="{border}"\r\n\r\n--{border}\r\n'
            f'Content-Type: multipart/alternative; boundary="{border}alt"\r\n\r\n--{border}alt\r\n'
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n--{border}alt\r\n"
            "Content-Type: text/html; charset=utf-8\r\n\r\n"
            f"<html><head>{self.chance.choice(self._styles)}</head><body>{html}</body></html>\r\n--{border}alt--\r\n"
        )
        parts = [head.encode()]
        for name, content in attached:
            header = (
                f'--{border}\r\nContent-Type: application/octet-stream; name="{name}"\r\n'
                f'Content-Disposition: attachment; filename="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
            )
            parts += [header.encode(), encodebytes(content).replace(b"\n", b"\r\n")]
        return b"".join([*parts, f"--{border}--\r\n".encode()])

    def _rows(self, count: int) -> Iterable[str]:
        number = self.chance.randrange
        for word in self.words(count):
            amount = number(100_000_000) / 100
            yield f"{number(1_000, 999_999)};{word};{amount:.2f};2025-{1 + number(12):02}-{1 + number(28):02};open"

    def _style(self) -> str:
        look = 'margin:0cm;font-family:"Calibri",sans-serif;font-size'
        rules = (
            f"p.{word}, li.{word}, div.{word} {{{look}:{8 + nth % 6}.0pt}}" for nth, word in enumerate(self.words(26))
        )
        return "<style><!-- " + " ".join(rules) + " --></style>"
