"""Real mails and documents, where they lie beside the checkout: in, and back byte for byte."""

import tarfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from portal.benchmarks import Figure
from portal.benchmarks.engine_ours import Ours

if TYPE_CHECKING:
    from backups.vault.vault import Vault

CORPORA = Path(settings.BASE_DIR).parent / "shared" / "data" / "corpora" / "corpora.tar.xz"


def measure(ours: Ours) -> Iterator[Figure]:
    """Yield how many came back as they went in, of how many; nothing where there are none."""
    if not CORPORA.exists():
        return
    ours.begin()
    took = ours.do("real", corpora=str(CORPORA))
    stored = f"{ours.bytes / 1e6:.1f} MB stored of {took['bytes'] / 1e6:.1f} MB"
    yield Figure("engine.real", took["same"], took["objects"], f"objects back byte for byte, of those put in; {stored}")


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
