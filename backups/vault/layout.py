"""The names of the objects of one organization in the store.

    <organization>/keys/<epoch>/master          the wrapped master key of one epoch
    <organization>/keys/<epoch>/<sha256>        a slip: wrapped keys of packs
    <organization>/packs/<aa>/<sha256>          a pack
    <organization>/commits/<number>.<sha256>    a commit

    parcels/<organization>/…                    copies on their way to people (`backups.engine.parcels`); no vault's

Everything but the masters is named by the SHA-256 of its content. Objects under keys/ are never put under a lock:
destroying a key has to be possible at once.
"""

from uuid import UUID

KEYS, PACKS, COMMITS = "keys", "packs", "commits"
PARCELS = "parcels"


def prefix(organization: UUID, folder: str = "") -> str:
    """Return what the names of all objects of the organization, or of one folder of it, begin with."""
    return f"{organization}/{folder}/" if folder else f"{organization}/"


def master_name(organization: UUID, epoch: int) -> str:
    return f"{organization}/keys/{epoch:04d}/master"


def slip_name(organization: UUID, epoch: int, digest: bytes) -> str:
    return f"{organization}/keys/{epoch:04d}/{digest.hex()}"


def pack_name(organization: UUID, digest: bytes) -> str:
    name = digest.hex()
    return f"{organization}/packs/{name[:2]}/{name}"


def commit_name(organization: UUID, number: int, digest: bytes) -> str:
    return f"{organization}/commits/{number:010d}.{digest.hex()}"


def digest_in(name: str) -> bytes:
    """Return the SHA-256 that the name of a pack, slip or commit says its content has.

    Raises ValueError for a name that says none.
    """
    digest = bytes.fromhex(name.rpartition("/")[2].rpartition(".")[2])
    if len(digest) != 32:
        raise ValueError(f"{name} does not end in a SHA-256.")
    return digest


def commit_number(name: str) -> int:
    """Return the number of a commit by its name. Raises ValueError for any other name."""
    number, dot, _ = name.rpartition("/")[2].partition(".")
    if not dot:
        raise ValueError(f"{name} is not the name of a commit.")
    return int(number)
