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

    def as_json(self) -> dict[str, int]:
        """Return the numbers by name; the choice of real content only where it was made."""
        return {name: value for name, value in asdict(self).items() if name != "corpora" or value}

    @property
    def accounts(self) -> int:
        """How many accounts there are."""
        return sum(asdict(self).values()) - self.teams - self.sites - self.corpora


_LEAST_USERS = 2
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


def size_from(value: object, *, corpora: bool = False) -> Size:
    """Return the size that a word or an object of numbers means. Raises `UnknownSize`."""
    if isinstance(value, str):
        if value not in NAMED:
            raise UnknownSize(f"Size {value!r} is not known. Known are {', '.join(NAMED)}, or an object of numbers.")
        return replace(NAMED[value], corpora=corpora)
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
    return Size(**value, corpora=corpora)
