"""Who has an account in a new tenant."""

import random
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta

from simulators.microsoft365.generator import names
from simulators.microsoft365.generator.sizes import Size
from simulators.microsoft365.ids import derived_id
from simulators.microsoft365.models import Kind, Person, Tenant

# Every fifth licensed member never opened OneDrive, so it was never provisioned; the third member is the first such.
_WITHOUT_DRIVE_EVERY, _WITHOUT_DRIVE_FROM = 5, 2
_SPECIAL_LETTERS = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "ß": "ss", "æ": "ae", "Æ": "Ae"})


class Crowd:
    """Draws people for one tenant, each with a sign-in name nobody else has."""

    def __init__(self, tenant: Tenant, dice: random.Random) -> None:
        self.tenant, self.dice = tenant, dice
        self.taken: dict[str, int] = {}
        self.count = 0

    def everybody(self, size: Size) -> Iterator[Person]:
        """Yield all accounts; the first is the administrator, the second the ordinary user."""
        odd = {2: "composed", 3 if size.users > 3 else 1: "apostrophe"}
        for number in range(size.users):
            has_drive = number % _WITHOUT_DRIVE_EVERY != _WITHOUT_DRIVE_FROM
            yield self.person(Kind.MEMBER, odd=odd.get(number), is_licensed=True, has_drive=has_drive)
        for number in range(size.on_premises):
            yield self.person(Kind.ON_PREMISES, odd="decomposed" if number == 0 else None)
        for number in range(size.disabled):
            odd_name = "emoji" if number == 0 else None
            yield self.person(Kind.DISABLED, odd=odd_name, is_enabled=False, is_licensed=number % 2 == 1)
        for number in range(size.guests):
            yield self.guest(odd="right_to_left" if number == 0 else None)
        for kind, amount, words, prefix in (
            (Kind.SHARED, size.shared, names.SHARED_MAILBOXES, ""),
            (Kind.ROOM, size.rooms, names.ROOMS, "Room "),
            (Kind.EQUIPMENT, size.equipment, names.EQUIPMENT, ""),
        ):
            for number in range(amount):
                yield self.thing(kind, prefix + _numbered(words, number))
        for _ in range(size.deleted):
            leaver = self.person(Kind.MEMBER, is_licensed=True, has_drive=True)
            leaver.deleted_at = self.tenant.created_at - timedelta(days=3)
            yield leaver

    def person(self, kind: Kind, *, odd: str | None = None, **facts) -> Person:
        """Return somebody with an ordinary name, or with one of `names.ODD_NAMES`."""
        given, surname, display_name, local = self._name(odd)
        address = f"{self._free(local)}@{self.tenant.domain}"
        return self._account(kind, display_name, address, address, given_name=given, surname=surname, **facts)

    def guest(self, *, odd: str | None = None) -> Person:
        """Return somebody of another company who was invited."""
        given, surname, display_name, local = self._name(odd)
        company = self.dice.choice(names.GUEST_COMPANIES)
        outside = self._free(f"{local}_{company}")
        upn = f"{outside}#EXT#@{self.tenant.initial_domain}"
        mail = f"{local}@{company}"
        return self._account(Kind.GUEST, display_name, upn, mail, given_name=given, surname=surname)

    def thing(self, kind: Kind, display_name: str) -> Person:
        """Return an account that only carries a mailbox; nobody can sign in with it."""
        local = self._free(folded(display_name).replace(" ", "."))
        address = f"{local}@{self.tenant.domain}"
        return self._account(kind, display_name, address, address, is_enabled=False)

    def _name(self, odd: str | None) -> tuple[str, str, str, str]:
        if odd:
            return names.ODD_NAMES[odd]
        given, surname = self.dice.choice(names.GIVEN_NAMES), self.dice.choice(names.SURNAMES)
        return given, surname, f"{given} {surname}", folded(f"{given}.{surname}")

    def _free(self, local: str) -> str:
        seen = self.taken[local] = self.taken.get(local, 0) + 1
        return local if seen == 1 else f"{local}{seen}"

    def _account(self, kind: Kind, display_name: str, upn: str, mail: str, **facts) -> Person:
        self.count += 1
        title, department = ("", "")
        if facts.get("given_name") and kind != Kind.GUEST:
            title, department = self.dice.choice(names.JOBS)
        return Person(
            id=derived_id(self.tenant.id, "person", self.count),
            tenant=self.tenant,
            kind=kind,
            display_name=display_name,
            upn=upn,
            mail=mail,
            job_title=title,
            department=department,
            created_at=_earlier(self.tenant.created_at, self.dice),
            **({"is_enabled": True, "is_licensed": False} | facts),
        )


def folded(text: str) -> str:
    """Return ``text`` in small plain letters, as for an address."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPECIAL_LETTERS))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()


def _numbered(words: tuple[str, ...], number: int) -> str:
    rounds, index = divmod(number, len(words))
    return words[index] if rounds == 0 else f"{words[index]} {rounds + 1}"


def _earlier(moment: datetime, dice: random.Random) -> datetime:
    return (moment - timedelta(minutes=dice.randrange(60 * 24 * 30, 60 * 24 * 1500))).replace(microsecond=0)
