"""Small objects by number, the same at every run; the benchmark of growth is made of them."""

import json
from random import Random

from portal.benchmarks.vault_texts import Texts

# Objects of one account, and accounts that an increment touches.
OF_ONE, TOUCHED = 1000, 10


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
        return f"contacts/{number // OF_ONE:06}", f"AAMkAD{number:0120}"

    def some(self, chance: Random, objects: int, wanted: int) -> list[int]:
        """Return the numbers of ``wanted`` objects of the first ``objects``, in as few accounts as there are among few.

        A job copies one account; were they spread over all, an increment among many objects would touch many accounts,
        and the figure would tell how many accounts there are.
        """
        accounts = objects // OF_ONE
        touched = chance.sample(range(accounts), min(TOUCHED, accounts))
        share = wanted // len(touched)
        return [number for one in touched for number in chance.sample(range(one * OF_ONE, (one + 1) * OF_ONE), share)]

    def content(self, number: int, turn: int = 0) -> bytes:
        """Return the content of an object after it was changed so often."""
        return b'{"id":%d,"turn":%d,' % (number, turn) + self._bodies[number % len(self._bodies)][1:]
