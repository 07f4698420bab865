"""Names of files and folders: what SharePoint takes, and what a second one of the same name is called.

Follows Microsoft's page "Restrictions and limitations in OneDrive and SharePoint".
"""

import re
from collections.abc import Iterator
from itertools import count

LONGEST_NAME, LONGEST_PATH = 255, 400
# A name shorter than this tells nobody what it was.
_SHORTEST_NAME = 12
_LONGEST_ENDING = 16
_REFUSED = re.compile(r'["*:<>?/\\|\x00-\x1f]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?|\.lock|desktop\.ini", re.IGNORECASE)


def tamed(name: str) -> str:
    """Return a name that SharePoint takes, as like to ``name`` as can be."""
    tame = re.sub("_vti_", "_vti-", _REFUSED.sub("_", name), flags=re.IGNORECASE).strip().rstrip(".")
    if tame.startswith("~$") or _RESERVED.fullmatch(tame):
        tame = f"_{tame}"
    return shortened(tame or "_", LONGEST_NAME)


def shortened(name: str, longest: int) -> str:
    """Return a name of at most ``longest`` letters with its ending kept, "" where too little of it would be left."""
    if len(name) <= longest:
        return name
    stem, ending = parted(name)
    left = longest - len(ending)
    return f"{stem[:left].rstrip()}{ending}" if left >= _SHORTEST_NAME else ""


def copies_of(name: str) -> Iterator[str]:
    """Yield names for a file that lies beside another one of this name."""
    stem, ending = parted(name)
    for number in count(1):
        word = " (restored)" if number == 1 else f" (restored {number})"
        yield f"{stem[: LONGEST_NAME - len(word) - len(ending)]}{word}{ending}"


def parted(name: str) -> tuple[str, str]:
    """Return a name without its ending, and the ending with its dot."""
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending) if stem and len(ending) < _LONGEST_ENDING else (name, "")
