"""Things that break backups: at least one drive of every tenant has them all."""

import unicodedata

from simulators.microsoft365.drives.content.reading import BLOCKS, NOISE
from simulators.microsoft365.drives.generator.trees import Tree

_LEVELS = 30
_LONG_PATH = 260
_ACCENTED = "Résumé.txt"


def add_strange_things(tree: Tree, film: int) -> None:
    """Add one folder with all of them."""
    place = tree.folder(tree.root, "Strange things")
    _deep(tree, place)
    _long(tree, place)
    # SharePoint knows no two names in one folder that differ by case alone, but it does know both accents.
    tree.file(tree.folder(place, "One"), "Report.txt")
    tree.file(tree.folder(place, "Two"), "report.txt")
    for form in ("NFC", "NFD"):
        tree.file(place, unicodedata.normalize(form, _ACCENTED))
    tree.file(place, "~$minutes.docx", f"{NOISE} 162")
    tree.file(place, "Empty.txt", f"{NOISE} 0")
    tree.file(place, "🦷 Zähne 😀.md")
    tree.file(place, "תוכנית \u202eעבודה.txt")
    tree.file(place, "50% & more #1; it's 'so' + {odd} ~ @=$!,.txt")
    tree.package(place, "Notebook")
    tree.file(place, "Invoice.pdf.exe", has_malware=True)
    tree.file(place, "Address expires at once.pdf", trouble={"stale": 1, "stale_in_lists": True})
    tree.file(place, "Damaged on the way once.txt", f"{NOISE} 5000", trouble={"damaged": 1})
    tree.file(place, "Film.mp4", f"{BLOCKS} {film}")
    tree.rewrite(tree.file(place, "Often written.txt"), 4)
    tree.folder(place, "Nothing in here")


def _deep(tree: Tree, place) -> None:
    for level in range(1, _LEVELS + 1):
        place = tree.folder(place, f"Level {level}")
    tree.file(place, "At the bottom.txt")


def _long(tree: Tree, place) -> None:
    length = len(f"/{place.name}")
    while length < _LONG_PATH - 60:
        place = tree.folder(place, "A folder whose name somebody wrote out at full length")
        length += len(place.name) + 1
    name = "x" * (_LONG_PATH - length - len(".txt") - 1)
    tree.file(place, f"{name}.txt")
