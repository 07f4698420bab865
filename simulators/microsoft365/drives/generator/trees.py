"""Fills a drive with folders and files."""

import random
from datetime import datetime, timedelta

from simulators.microsoft365.drives.content import corpora
from simulators.microsoft365.drives.content.quick_xor import quick_xor_hash
from simulators.microsoft365.drives.content.reading import CORPUS, DOCUMENT, Written
from simulators.microsoft365.drives.content.words import ENDINGS, FOLDERS, SUBJECTS
from simulators.microsoft365.drives.generator.authors import Author, signed
from simulators.microsoft365.drives.models import Drive, Node, Permission, Version
from simulators.microsoft365.ids import derived_id

_EMPTY_HASH = quick_xor_hash(b"")
_DEEPEST = 4
# One file in so many was written several times, and one in so many is shared.
_REWRITTEN, _SHARED = 5, 8


class Tree:
    """The nodes of one drive, made in memory and saved by whoever asked for them."""

    def __init__(self, drive: Drive, authors: list[Author], begin: datetime, end: datetime, dice: random.Random):
        self.drive, self.authors, self.dice = drive, authors, dice
        self.begin, self.end = begin.replace(microsecond=0), end.replace(microsecond=0)
        self.nodes: list[Node] = []
        self.versions: list[Version] = []
        self.permissions: list[Permission] = []
        self.taken: set[tuple] = set()
        self.root = self._node(Node.Kind.ROOT, None, "root", at=self.begin)
        drive.root_id = self.root.id

    def grow(self, folders: int, files: int, *, real: bool = False) -> None:
        """Add ordinary folders and files, some of them rewritten or shared."""
        places = [(self.root, 0)]
        for _ in range(folders):
            parent, depth = self.dice.choice([place for place in places if place[1] < _DEEPEST])
            places.append((self.folder(parent, self._free(parent, self.dice.choice(FOLDERS))), depth + 1))
        for number in range(files):
            parent, _ = self.dice.choice(places)
            node = self._real(parent) if real and corpora.documents() else self._ordinary(parent)
            if number % _REWRITTEN == 1:
                self.rewrite(node, self.dice.randint(1, 3))
            if number % _SHARED == 2:
                self.share_with_link(node, self.dice.choice(("organization", "anonymous")))
        if len(places) > 1:
            self.share_with_person(places[1][0])

    def folder(self, parent: Node, name: str) -> Node:
        """Add a folder."""
        return self._node(Node.Kind.FOLDER, parent, name)

    def file(self, parent: Node, name: str, recipe: str | None = None, **facts) -> Node:
        """Add a file; without a recipe, a document of the kind its name says."""
        node = self._node(Node.Kind.FILE, parent, name, **facts)
        node.recipe = recipe or f"{DOCUMENT} {name.rpartition('.')[2]}"
        node.size, node.quick_xor_hash = Written(node.id, 1, node.recipe).measure()
        return node

    def package(self, parent: Node, name: str) -> Node:
        """Add a notebook of OneNote."""
        return self._node(Node.Kind.PACKAGE, parent, name, size=54_321)

    def rewrite(self, node: Node, times: int) -> None:
        """Let a file be written again; what it was is kept as a version."""
        for _ in range(times):
            self.versions.append(Version.of(node))
            editor = self.dice.choice(self.authors)
            node.edition, node.revision = node.edition + 1, node.revision + 1
            node.size, node.quick_xor_hash = Written(node.id, node.edition, node.recipe).measure()
            node.editor_id, node.editor_name = editor.id, editor.name
            node.written_at = self._later(node.written_at)
        node.modified_at = node.file_modified_at = node.written_at

    def share_with_link(self, node: Node, scope: str) -> None:
        """Let whoever has a link see something."""
        self._permit(
            node,
            scope,
            role="read",
            grantee="link",
            link_type="view",
            link_scope=scope,
            has_password=scope == "anonymous" and self.dice.random() < 0.5,
            expires_at=self.end + timedelta(days=90) if self.dice.random() < 0.5 else None,
        )

    def share_with_person(self, node: Node) -> None:
        """Let a colleague write something."""
        colleague = self.dice.choice(self.authors)
        self._permit(
            node, "users", role="write", grantee="user", grantee_id=str(colleague.id), grantee_name=colleague.name
        )

    def _permit(self, node: Node, scope: str, **facts) -> None:
        node.shared_scope = scope
        number = len(self.permissions) + 1
        self.permissions.append(Permission(id=derived_id(self.drive.id, "permission", number), node=node, **facts))

    def _ordinary(self, parent: Node) -> Node:
        return self.file(parent, self._free(parent, f"{self.dice.choice(SUBJECTS)}.{self.dice.choice(ENDINGS)}"))

    def _real(self, parent: Node) -> Node:
        path = self.dice.choice(list(corpora.documents()))
        return self.file(parent, self._free(parent, path.rpartition("/")[2]), f"{CORPUS} {path}")

    def _node(self, kind: Node.Kind, parent: Node | None, name: str, *, at: datetime | None = None, **facts) -> Node:
        at = at or self._later(self.begin)
        node = Node(
            id=derived_id(self.drive.id, "node", len(self.nodes) + 1),
            drive=self.drive,
            parent_id=parent.id if parent else None,
            kind=kind,
            name=name,
            created_at=at,
            modified_at=at,
            file_created_at=at,
            file_modified_at=at,
            written_at=at,
            **signed(self.dice.choice(self.authors)),
            **({"quick_xor_hash": _EMPTY_HASH} if kind == Node.Kind.FILE else {}),
            **facts,
        )
        self.taken.add((node.parent_id, name.lower()))
        self.nodes.append(node)
        return node

    def _free(self, parent: Node, name: str) -> str:
        stem, dot, ending = name.rpartition(".")
        stem, ending = (stem, dot + ending) if stem else (name, "")
        number, free = 1, name
        while (parent.id, free.lower()) in self.taken:
            number += 1
            free = f"{stem} {number}{ending}"
        return free

    def _later(self, moment: datetime) -> datetime:
        seconds = max(1, int((self.end - moment).total_seconds()))
        return moment + timedelta(seconds=self.dice.randrange(seconds))
