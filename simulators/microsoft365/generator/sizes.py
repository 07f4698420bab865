"""How big a tenant is."""

from dataclasses import asdict, dataclass, replace


class UnknownSize(ValueError):
    """A size is neither a known word nor a set of whole numbers. The message says which part is wrong."""


@dataclass(frozen=True)
class Size:
    """How many of each there are. The defaults are the least every tenant has."""

    users: int = 3
    disabled: int = 1
    guests: int = 1
    shared: int = 1
    rooms: int = 1
    equipment: int = 1
    on_premises: int = 1
    deleted: int = 1
    teams: int = 1
    sites: int = 1
    # Whether content is drawn from real mails and documents, where there are any.
    corpora: bool = False
    # How much each mailbox, drive and team is born with; "" goes by the number of users.
    load: str = ""

    def as_json(self) -> dict[str, int | str]:
        """Return the numbers by name; the choices of content only where they were made."""
        return {name: value for name, value in asdict(self).items() if name not in _CHOICES or value}

    @property
    def accounts(self) -> int:
        """How many accounts there are."""
        numbers = [value for name, value in asdict(self).items() if name not in _CHOICES]
        return sum(numbers) - self.teams - self.sites


_CHOICES = ("corpora", "load")
_LEAST_USERS = 2
LOADS = ("tiny", "demo", "large")
_DEMO_FROM, _LARGE_FROM = 20, 200
NAMED = {
    "tiny": Size(),
    "demo": Size(users=25, disabled=2, guests=3, shared=2, rooms=2, teams=3, sites=3),
    "large": Size(
        users=500,
        disabled=20,
        guests=30,
        shared=20,
        rooms=12,
        equipment=4,
        on_premises=3,
        deleted=3,
        teams=20,
        sites=15,
    ),
}


def load_word(size: dict) -> str:
    """Return how much the parts of a tenant of this ``size``, as JSON, are born with: one of `LOADS`."""
    users = size.get("users", 0)
    by_users = "large" if users >= _LARGE_FROM else "demo" if users >= _DEMO_FROM else "tiny"
    return size.get("load") or by_users


def size_from(value: object, *, corpora: bool = False, load: object = "") -> Size:
    """Return the size that a word or an object of numbers means. Raises `UnknownSize`."""
    if load not in ("", *LOADS):
        raise UnknownSize(f"Load {load!r} is not known. Known are {', '.join(LOADS)}.")
    if isinstance(value, str):
        if value not in NAMED:
            raise UnknownSize(f"Size {value!r} is not known. Known are {', '.join(NAMED)}, or an object of numbers.")
        return replace(NAMED[value], corpora=corpora, load=load)
    if not isinstance(value, dict):
        raise UnknownSize("A size is a word or an object of numbers.")
    known = Size().as_json()
    for name, number in value.items():
        if name not in known:
            raise UnknownSize(f"Size has no {name!r}. It has {', '.join(known)}.")
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise UnknownSize(f"Size {name!r} must be a whole number from 0 on.")
    if value.get("users", _LEAST_USERS) < _LEAST_USERS:
        raise UnknownSize("A tenant has at least two users: its administrator and an ordinary one.")
    return Size(**value, corpora=corpora, load=load)
