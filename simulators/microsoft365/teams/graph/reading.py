"""Reads what a body says. Everything raises `GraphError` 400 where it makes no sense."""

import re
from datetime import datetime
from uuid import UUID

from simulators.microsoft365.graph.calls import Call, GraphError
from simulators.microsoft365.models import Person
from simulators.microsoft365.teams.graph.moments import parsed

_BOUND = re.compile(r"/(?:users|teamsApps)(?:/|\(')([^/')]+)", re.IGNORECASE)


def refusal(message: str) -> GraphError:
    """Return the refusal of a body."""
    return GraphError(400, "BadRequest", message)


def text_of(body: dict, name: str) -> str:
    """Return a text that must be there."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise refusal(f"Invalid value specified for property '{name}'.")
    return value


def past_moment(call: Call, value: object, name: str) -> datetime:
    """Return a moment that must be over."""
    found = parsed(value)
    if found > call.now:
        raise refusal(f"'{name}' must not lie in the future.")
    return found


def bound_id(body: dict, name: str) -> str:
    """Return the id that a property such as ``user@odata.bind`` leads to."""
    match = _BOUND.search(str(body.get(f"{name}@odata.bind", "")))
    if match is None:
        raise refusal(f"Bad request: '{name}@odata.bind' is missing or leads nowhere.")
    return match.group(1)


def bound_person(call: Call, body: dict) -> tuple[Person, bool]:
    """Return who a member of a body is, and whether as an owner."""
    word, roles = bound_id(body, "user"), body.get("roles", [])
    if body.get("@odata.type") != "#microsoft.graph.aadUserConversationMember" or not isinstance(roles, list):
        raise refusal("A member needs @odata.type, roles and user@odata.bind.")
    people = call.tenant.people.live()
    found = people.filter(upn__iexact=word).first() if "@" in word else _by_id(people, word)
    if found is None:
        raise GraphError(404, "NotFound", f"User {word} was not found.")
    return found, "owner" in roles


def _by_id(people, word: str) -> Person | None:
    try:
        return people.filter(id=UUID(word)).first()
    except ValueError as problem:
        raise refusal(f"'{word}' is no id of a user.") from problem
