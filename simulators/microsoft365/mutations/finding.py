"""Finds what an operation names."""

from uuid import UUID

from simulators.microsoft365.models import Group, Person, Site
from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger


def named_person(ledger: Ledger, arguments: dict, key: str = "user", *, gone: bool = False) -> Person:
    """Return the person whose id or sign-in name ``arguments`` holds; with ``gone``, one in the bin."""
    people = Person.objects.filter(tenant=ledger.tenant)
    people = people.in_the_bin() if gone else people.live()
    return _one(people, _word(arguments, key), "upn__iexact", "user")


def named_group(ledger: Ledger, arguments: dict, key: str = "group", *, gone: bool = False) -> Group:
    """Return the group whose id or name ``arguments`` holds; with ``gone``, one in the bin."""
    groups = Group.objects.filter(tenant=ledger.tenant)
    groups = groups.in_the_bin() if gone else groups.live()
    return _one(groups, _word(arguments, key), "display_name", "group")


def named_site(ledger: Ledger, arguments: dict) -> Site:
    """Return the site whose id (Graph's, or its own) or path ``arguments`` holds."""
    word = _word(arguments, "site")
    parts = word.split(",")
    return _one(Site.objects.live().filter(tenant=ledger.tenant), parts[1] if len(parts) == 3 else word, "path", "site")


def named_member(ledger: Ledger, arguments: dict) -> Person | Group:
    """Return the person or group that is named as a member."""
    try:
        return named_person(ledger, arguments, "member")
    except CannotMutate:
        return named_group(ledger, arguments, "member")


def _word(arguments: dict, key: str) -> str:
    word = arguments.get(key)
    if not isinstance(word, str) or not word:
        raise CannotMutate(f"The operation needs {key!r}: an id or a name.")
    return word


def _one(rows, word: str, name_field: str, what: str):
    try:
        found = rows.filter(id=UUID(word)).first()
    except ValueError:
        found = rows.filter(**{name_field: word}).first()
    if found is None:
        raise CannotMutate(f"There is no {what} {word!r} in this tenant.")
    return found
