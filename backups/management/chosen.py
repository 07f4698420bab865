"""Which clients and accounts an operator means."""

from uuid import UUID

from django.db.models import Q

from organizations.models import Connection, Item, Organization


class WrongUse(Exception):
    """What was typed names nothing, or more than one thing; the message says what to type instead."""


def chosen_connections(word: str | None, *, everything: bool) -> list[Connection]:
    """Return the connections in use of the client called ``word``, or of everybody. Raises `WrongUse`."""
    if everything == bool(word):
        raise WrongUse("Name one organization by its client ID, UUID, domain or name, or say --all.")
    connections = Connection.objects.in_use().select_related("organization").order_by("pk")
    if everything:
        return list(connections)
    organization = chosen_organization(word)
    found = list(connections.filter(organization=organization))
    if not found:
        raise WrongUse(f"{organization} is not connected to any service.")
    return found


def chosen_accounts(connections: list[Connection], words: list[str]) -> list[Item]:
    """Return the protected accounts with these addresses or names, none for all. Raises `WrongUse`."""
    if words and len(connections) != 1:
        raise WrongUse("--account needs one organization.")
    return [_account(connections[0], word) for word in dict.fromkeys(words)]


def chosen_organization(word: str) -> Organization:
    """Return the client called ``word``. Raises `WrongUse`."""
    try:
        found = list(Organization.objects.filter(uuid=UUID(word)))
    except ValueError:
        by_number = [one for one in Organization.objects.matching(word) if one.client_id == word]
        found = by_number or list(Organization.objects.filter(Q(domain__iexact=word) | Q(name__iexact=word)))
    if len(found) > 1:
        numbers = ", ".join(f"{one.client_id} ({one.partner})" for one in found)
        raise WrongUse(f"{len(found)} organizations are called {word!r}: {numbers}. Name one by its client ID.")
    if not found:
        raise WrongUse(f"There is no organization with the client ID, UUID, domain or name {word!r}.")
    return found[0]


def _account(connection: Connection, word: str) -> Item:
    items = Item.objects.filter(connection=connection)
    found = list(items.filter(address__iexact=word) or items.filter(name__iexact=word))
    if len(found) > 1:
        raise WrongUse(f"{len(found)} accounts are called {word!r}. Name one by its address.")
    if not found:
        raise WrongUse(f"{connection.organization} has no account with the address or name {word!r}.")
    return found[0]
