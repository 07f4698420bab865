"""A ransomware day: everything in a drive is encrypted and renamed, and a note lies beside it."""

from simulators.microsoft365.drives.content.reading import BLOCKS, NOISE, WHOLE_AT_MOST
from simulators.microsoft365.drives.graph.naming import id_of_drive
from simulators.microsoft365.drives.models import Node
from simulators.microsoft365.drives.mutations.book import DriveBook
from simulators.microsoft365.drives.mutations.finding import named_drive
from simulators.microsoft365.mutations.ledger import Ledger

_ENDING = ".locked"
_NOTE = "HOW TO GET YOUR FILES BACK.txt"
_TEXT = b"All your files are encrypted. Pay two coins."


def ransomware(ledger: Ledger, arguments: dict) -> dict:
    """Encrypt and rename every file in the drive of a ``user``, or of a ``site``."""
    drive = named_drive(ledger, arguments)
    book, count, folders = DriveBook(drive, ledger.now), 0, set()
    for node in list(Node.objects.live().filter(drive=drive, kind=Node.Kind.FILE).order_by("id")):
        node.drive = drive
        node.name += _ENDING
        # What is encrypted is as big as before and looks like noise.
        word = NOISE if node.size <= WHOLE_AT_MOST else BLOCKS
        book.write(node, f"{word} {node.size}")
        folders.add(node.parent_id)
        count += 1
    for folder in Node.objects.filter(id__in=folders).order_by("id"):
        if not Node.objects.live().filter(parent_id=folder.id, name=_NOTE).exists():
            book.create_file(folder, _NOTE, "", _TEXT)
    return {"id": id_of_drive(drive), "encrypted": count}
