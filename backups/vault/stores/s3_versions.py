"""What a bucket with versions knows about one name, and the rule that makes it a store: the first version counts.

In such a bucket nothing is ever overwritten; a second write, allowed or not, lies on top as a newer version, and a
deletion is a mark on top. A name's content is therefore its oldest version. That settles two writers even where the
server ignores ``If-None-Match`` (Ceph 16 does in a bucket with versions), and a stranger with our credentials can hide
or replace nothing that is locked.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, takewhile
from typing import NamedTuple

from backups.vault.errors import NotInStore, StoreUnavailable
from backups.vault.stores.base import StoreMisconfigured
from backups.vault.stores.s3_requests import Requests


class Version(NamedTuple):
    """One version of a key, or one mark that says it was deleted."""

    key: str
    id: str
    is_mark: bool
    size: int
    modified_at: datetime


def has_versions(requests: Requests) -> bool:
    """Return whether the bucket keeps versions; raises `StoreMisconfigured` when that was switched on and off again."""
    status = tree_of(requests.send("GET", query={"versioning": ""}).content).findtext("Status", "")
    if status == "Suspended":
        raise StoreMisconfigured(
            "The bucket's versioning is suspended, so a second write could replace the first. Nothing was written; "
            "enable versioning or use another bucket."
        )
    return status == "Enabled"


def require_own_locks(requests: Requests) -> None:
    """Raise `StoreMisconfigured` unless the bucket can lock objects and locks none by itself.

    A rule of the bucket's own would also lock the keys' records, and a destroyed key must be gone at once.
    """
    try:
        tree = tree_of(requests.send("GET", query={"object-lock": ""}).content)
    except NotInStore:
        raise StoreMisconfigured(
            "The bucket was made without object lock. Nothing was written; make one with it, which is possible only at "
            "its creation."
        ) from None
    if tree.find("Rule") is not None:
        raise StoreMisconfigured(
            "The bucket locks every object by a rule of its own, so keys could not be destroyed at once. Nothing was "
            "written; remove the rule: the store locks what has to be locked by itself."
        )


def versions_of(requests: Requests, key: str, *, name: str) -> list[Version]:
    """Return everything known under ``key``, newest first."""
    # Among all keys that begin with it, the key itself comes first.
    return list(takewhile(lambda version: version.key == key, _versions(requests, key, name=name)))


def first_version(versions: list[Version]) -> Version | None:
    """Return the version that counts among ``versions``, newest first; None when there is none."""
    return next((version for version in reversed(versions) if not version.is_mark), None)


def first_versions(requests: Requests, prefix: str) -> Iterator[Version]:
    """Yield the version that counts of every key below ``prefix``, by key."""
    for _, versions in groupby(_versions(requests, prefix, name=prefix), key=lambda version: version.key):
        if first := first_version(list(versions)):
            yield first


def tree_of(document: bytes) -> ElementTree.Element:
    """Return an answer of the store without namespaces; `StoreUnavailable` when it is no XML."""
    try:
        tree = ElementTree.fromstring(document)  # noqa: S314 - expat since 2.4.1 refuses entities that explode
    except ElementTree.ParseError as problem:
        raise StoreUnavailable("The store's answer cannot be read. Asking again later is safe.") from problem
    for element in tree.iter():
        element.tag = element.tag.rpartition("}")[2]
    return tree


def _versions(requests: Requests, prefix: str, *, name: str) -> Iterator[Version]:
    query = {"versions": "", "prefix": prefix}
    while True:
        tree = tree_of(requests.send("GET", query=query, name=name).content)
        for line in tree:
            if line.tag in ("Version", "DeleteMarker"):
                yield _version(line)
        if tree.findtext("IsTruncated") != "true":
            return
        query["key-marker"] = tree.findtext("NextKeyMarker", "")
        query["version-id-marker"] = tree.findtext("NextVersionIdMarker", "")


def _version(line: ElementTree.Element) -> Version:
    return Version(
        line.findtext("Key", ""),
        line.findtext("VersionId", ""),
        line.tag == "DeleteMarker",
        int(line.findtext("Size", "0")),
        datetime.fromisoformat(line.findtext("LastModified", "")),
    )
