"""The bytes of a file, by its recipe."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from simulators.microsoft365.drives.content import blocks, corpora
from simulators.microsoft365.drives.content.documents import document
from simulators.microsoft365.drives.content.quick_xor import quick_xor_hash
from simulators.microsoft365.drives.models import Stored

# "document docx", "noise 1234", "blocks 5000000000", "corpus report.pdf", "stored".
DOCUMENT, NOISE, BLOCKS, CORPUS, STORED = "document", "noise", "blocks", "corpus", "stored"
# Bigger files are not held in memory as a whole.
WHOLE_AT_MOST = 16 << 20


@dataclass(frozen=True)
class Written:
    """One edition of a file."""

    node_id: UUID
    edition: int
    recipe: str

    @property
    def key(self) -> str:
        """What its bytes are derived from."""
        return f"{self.node_id}/{self.edition}"

    def measure(self) -> tuple[int, str]:
        """Return size and QuickXorHash."""
        word, _, rest = self.recipe.partition(" ")
        if word == BLOCKS:
            return int(rest), blocks.hash_of_blocks(self.key, int(rest))
        data = self.whole()
        return len(data), quick_xor_hash(data)

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from ``start`` to before ``end``."""
        word, _, _ = self.recipe.partition(" ")
        if word == BLOCKS:
            yield from blocks.read_blocks(self.key, start, end)
        else:
            yield self.whole()[start:end]

    def whole(self) -> bytes:
        """Return all bytes of a file that is not too big for that."""
        word, _, rest = self.recipe.partition(" ")
        if word == BLOCKS:
            return b"".join(blocks.read_blocks(self.key, 0, int(rest)))
        if word == STORED:
            return bytes(Stored.objects.get(node_id=self.node_id, edition=self.edition).data)
        return _derived(self.key, word, rest)


@lru_cache(maxsize=256)
def _derived(key: str, word: str, rest: str) -> bytes:
    dice = random.Random(key)  # noqa: S311
    if word == CORPUS:
        return corpora.documents()[rest]
    return document(rest, dice) if word == DOCUMENT else dice.randbytes(int(rest or 0))
