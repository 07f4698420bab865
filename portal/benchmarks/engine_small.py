"""Small objects by number, the same at every run; the benchmark of growth is made of them."""

import json
from random import Random

from portal.benchmarks.vault_texts import Texts


class Small:
    """Contacts and events as services tell them: 300 to 2,500 bytes."""

    def __init__(self) -> None:
        chance = Random(2)  # noqa: S311 (the same at every run)
        texts = Texts(chance)
        self._bodies = [
            json.dumps({
                "changeKey": f"{chance.getrandbits(96):024x}", "displayName": " ".join(texts.words(2)),
                "emailAddresses": [{"address": f"{texts.words(1)[0]}@corp.example"}], "categories": [],
                "notes": " ".join(texts.words(chance.randint(5, 250))),
            }).encode()
            for _ in range(5_000)
        ]  # fmt: skip

    def named(self, number: int) -> tuple[str, str]:
        """Return (account, id)."""
        return f"contacts/{number // 1000:06}", f"AAMkAD{number:0120}"

    def content(self, number: int, turn: int = 0) -> bytes:
        """Return the content of an object after it was changed so often."""
        return b'{"id":%d,"turn":%d,' % (number, turn) + self._bodies[number % len(self._bodies)][1:]
