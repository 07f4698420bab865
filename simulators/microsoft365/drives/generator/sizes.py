"""How much a site is born with."""

from dataclasses import dataclass

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
_DEMO_FROM, _LARGE_FROM = 20, 200


def load_of(tenant: Tenant) -> Load:
    """Return the load of a tenant's sites; it goes by the number of users."""
    users = tenant.size.get("users", 0)
    if users >= _LARGE_FROM:
        return _LARGE
    return _DEMO if users >= _DEMO_FROM else _TINY
