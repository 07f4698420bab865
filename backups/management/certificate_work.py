"""What `manage.py vault certificates` does: tell what was erased, and compare a downloaded certificate with it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from backups.management.vault_work import Surroundings, Told, text_of
from backups.vault.certificates import Certificate, certificates
from backups.vault.erased_organizations import certificate_of_organization, erased_at
from backups.vault.errors import VaultError


def tell_certificates(organization: UUID, around: Surroundings) -> Iterator[Told]:
    """Tell the certificates a vault holds, or whether those in a file are among them."""
    kept = _kept(organization, around)
    if around.options["file"] is not None:
        yield from _compared(_erasures_in(around.options["file"]), kept)
        return
    if not kept:
        yield Told(f"{organization}: nothing was erased.", {"certificates": 0})
    for one in kept:
        yield Told(
            f"{organization}: {one.what} erased at {one.erased_at:%Y-%m-%d %H:%M} UTC in commit {one.commit:,}:"
            f" {one.objects:,} objects in {one.versions:,} versions, keys of {one.packs:,} packs.",
            one.as_json(),
        )


def _kept(organization: UUID, around: Surroundings) -> list[Certificate]:
    """Return what signed commits say; of a whole organization the one object that is left, whose key is gone."""
    if erased_at(organization) is None:
        return certificates(around.open(organization))
    found = certificate_of_organization(organization, around.store)
    return [found] if found else []


def _compared(erasures: list[dict[str, Any]], kept: list[Certificate]) -> Iterator[Told]:
    # An account of which there was nothing has no commit, and so nothing to be compared with.
    wanted = [one for one in erasures if one["commit"]]
    told = [one.as_json() for one in kept]
    plain = [json.loads(json.dumps(one)) for one in told]
    unknown = [one for one in wanted if one not in plain]
    for one in unknown:
        yield Told(f"The vault holds no certificate like that of commit {one['commit']:,}.", one, is_damage=True)
    same = len(wanted) - len(unknown)
    yield Told(
        f"{same} of {len(wanted)} erasures in the file are what the vault says.", {"same": same, "of": len(wanted)}
    )


def _erasures_in(file: Path) -> list[dict[str, Any]]:
    try:
        found = [one["certificate"] for one in json.loads(text_of(file))["erasures"]]
        return [one for one in found if isinstance(one["commit"], int)]
    except (ValueError, KeyError, TypeError) as problem:
        raise VaultError(f"{file} is no certificate of a deletion. Nothing was compared.") from problem
