"""How much a site is born with."""

from dataclasses import dataclass

from simulators.microsoft365.generator.sizes import load_word
from simulators.microsoft365.models import Tenant


@dataclass(frozen=True)
class Load:
    """How many of each."""

    files: int
    folders: int
    list_items: int
    pages: int
    # Bytes of the one file that is bigger than the others.
    film: int


_TINY = Load(files=9, folders=3, list_items=6, pages=2, film=600_000)
_DEMO = Load(files=160, folders=30, list_items=60, pages=8, film=30_000_000)
_LARGE = Load(files=800, folders=120, list_items=400, pages=20, film=300_000_000)
_LOADS = {"tiny": _TINY, "demo": _DEMO, "large": _LARGE}


def load_of(tenant: Tenant) -> Load:
    """Return the load of a tenant's sites; it goes by the number of users."""
    return _LOADS[load_word(tenant.size)]
