"""Real mails and documents, where they lie beside the checkout: in, and back byte for byte."""

import tarfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from portal.benchmarks.engine_ours import Ours
from portal.benchmarks.engine_tools import ToolFailed

if TYPE_CHECKING:
    from backups.vault.vault import Vault

CORPORA = Path(settings.BASE_DIR).parent / "shared" / "data" / "corpora" / "corpora.tar.xz"


def prove(ours: Ours) -> None:
    """Raise `ToolFailed` unless all of them come back as they went in; quiet where there are none."""
    if not CORPORA.exists():
        return
    ours.begin()
    took = ours.do("real", corpora=str(CORPORA))
    if took["same"] != took["objects"]:
        raise ToolFailed(f"{took['same']} of {took['objects']} real mails and documents came back as they went in.")


def there_and_back(vault: "Vault", corpora: Path) -> dict:
    """Put everything of an archive into the vault, read all of it, and count what is the same."""
    from backups.vault import lookups
    from backups.vault.lookups import CatalogueIndex
    from backups.vault.reading import Reader
    from backups.vault.writer import Writer

    digests, size = {}, 0
    with tarfile.open(corpora) as archive, Writer(vault) as writer:
        for member in archive:
            if member.isfile():
                content = archive.extractfile(member).read()
                digests[member.name], size = sha256(content).digest(), size + len(content)
                writer.put("corpora", member.name, content)
    reader = Reader(vault.keys, vault.store, CatalogueIndex(vault.organization))
    same = sum(
        sha256(reader.read(row.version)).digest() == digests[row.external_id]
        for row in lookups.objects_of(vault.organization, "corpora")
    )
    return {"objects": len(digests), "same": same, "bytes": size}
