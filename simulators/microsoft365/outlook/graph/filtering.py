"""`$filter` of mailboxes: clauses joined by `and`, on the properties a backup or a restore asks for."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from django.db.models import Q

from simulators.microsoft365.graph.calls import GraphError
from simulators.microsoft365.outlook.graph.extended import canonical

_AND = re.compile(r"\s+and\s+(?=(?:[^']*'[^']*')*[^']*$)(?![^()]*\))", re.IGNORECASE)
_CLAUSE = re.compile(r"([\w/]+)\s+(eq|ne|ge|gt|le|lt)\s+('(?:[^']|'')*'|\S+)", re.IGNORECASE)
_EXTENDED = re.compile(
    r"singleValueExtendedProperties/any\(\s*(\w+)\s*:\s*\1/id\s+eq\s+'((?:[^']|'')*)'\s+and\s+"
    r"\1/value\s+(?:eq\s+'((?:[^']|'')*)'|ne\s+null)\s*\)",
    re.IGNORECASE,
)
_LOOKUPS = {"eq": "", "ge": "__gte", "gt": "__gt", "le": "__lte", "lt": "__lt"}

# From an operator and a literal to a query.
Field = Callable[[str, str], Q]


def moment_field(column: str) -> Field:
    """Return a field that compares a moment."""
    return lambda operator, literal: Q(**{column + _LOOKUPS[operator]: _moment(literal)})


def flag_field(column: str) -> Field:
    """Return a field that is true or false."""

    def compare(operator: str, literal: str) -> Q:
        if operator != "eq" or literal.lower() not in ("true", "false"):
            raise _refusal(literal)
        return Q(**{column: literal.lower() == "true"})

    return compare


def text_field(query: Callable[[str], Q]) -> Field:
    """Return a field that equals a text."""

    def compare(operator: str, literal: str) -> Q:
        if operator != "eq" or not literal.startswith("'"):
            raise _refusal(literal)
        return query(literal[1:-1].replace("''", "'"))

    return compare


def query_of(text: str, fields: dict[str, Field]) -> Q:
    """Return what a filter means. Raises `GraphError` for everything it does not know."""
    found = Q()
    by_lower = {name.lower(): field for name, field in fields.items()}
    for clause in _AND.split(text.strip()):
        found &= _one(clause.strip(), by_lower)
    return found


def _one(clause: str, fields: dict[str, Field]) -> Q:
    extended = _EXTENDED.fullmatch(clause)
    if extended:
        wanted = {"id": canonical(extended.group(2).replace("''", "'"))}
        if extended.group(3) is not None:
            wanted["value"] = extended.group(3).replace("''", "'")
        return Q(values__singleValueExtendedProperties__contains=[wanted])
    match = _CLAUSE.fullmatch(clause)
    field = fields.get(match.group(1).lower()) if match else None
    if field is None:
        raise _refusal(clause)
    operator = match.group(2).lower()
    if operator not in _LOOKUPS:
        raise _refusal(clause)
    return field(operator, match.group(3))


def _moment(literal: str) -> datetime:
    try:
        moment = datetime.fromisoformat(literal.strip("'"))
    except ValueError as problem:
        raise _refusal(literal) from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _refusal(clause: str) -> GraphError:
    return GraphError(400, "ErrorInvalidUrlQueryFilter", f"The query filter contains an invalid clause: {clause}")
