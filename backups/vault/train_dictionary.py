"""Makes the dictionary for small blobs again, from made-up text: `python -m backups.vault.train_dictionary [FILE]`.

The text has the shapes of mails, events, contacts and small files as the services hand them out, and words that anybody
may use; nobody's mail was read for it. The same Python and zstandard give the same file, byte for byte. A vault that
was written with one dictionary needs exactly that one: a new one would need a new flag in `codec`.
"""

import base64
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import zstandard

from backups.vault.training_text import WORDS, mail, small_thing

BYTES = 112 << 10
SAMPLES = 2_400
# Found by the library's own search once; fixed so that training takes a second.
_FIXED = {"k": 64, "d": 8, "f": 20, "steps": 1}


def samples(count: int = SAMPLES, seed: int = 20261125) -> Iterator[bytes]:
    """Yield made-up texts, the same ones every time."""
    chance = random.Random(seed)  # noqa: S311 - it has to be the same every time
    for number in range(count):
        yield small_thing(chance, number) if number % 4 == 3 else mail(chance, number)


def train() -> bytes:
    """Return the dictionary."""
    made = zstandard.train_dictionary(BYTES, list(samples()), level=3, dict_id=1_347_375_153, **_FIXED)
    return made.as_bytes()


def main() -> None:
    """Write the dictionary to the named file, or say what it would be."""
    made = train()
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_bytes(made)
    checksum = base64.b16encode(made[8:24]).decode()
    print(f"{len(made)} bytes from {SAMPLES} texts of {len(WORDS)} words; {checksum}")


if __name__ == "__main__":
    main()
