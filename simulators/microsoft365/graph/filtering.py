"""`$filter`: the little that directory and sites understand, turned into a query."""

import re
from dataclasses import dataclass

from django.db.models import Q

from simulators.microsoft365.graph.calls import GraphError

_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|([A-Za-z][\w./]*)|([(),:]))")
_COMPARISONS = ("eq", "ne")


@dataclass(frozen=True)
class Field:
    """A property that may stand in a filter: how to compare it, and whether it can begin with something."""

    equals: str
    kind: type = str
    begins: str = ""
    # For collections, tested by Any(x:x eq …): the value → the query.
    contains: dict[str, Q] | None = None


class Filter:
    """Reads one expression; `query()` returns what it means. Raises `GraphError` for everything it does not know."""

    def __init__(self, text: str, fields: dict[str, Field]) -> None:
        self.text = text
        self.fields = {name.lower(): field for name, field in fields.items()}
        self.tokens = self._tokens()
        self.at = 0

    def query(self) -> Q:
        """Return the whole expression as a query."""
        found = self._either()
        if self.at < len(self.tokens):
            raise self._refusal()
        return found

    def _tokens(self) -> list[str]:
        tokens, position = [], 0
        while position < len(self.text.rstrip()):
            match = _TOKEN.match(self.text, position)
            if match is None:
                raise self._refusal()
            tokens.append(match.group().strip())
            position = match.end()
        return tokens

    def _either(self) -> Q:
        found = self._both()
        while self._take("or"):
            found |= self._both()
        return found

    def _both(self) -> Q:
        found = self._one()
        while self._take("and"):
            found &= self._one()
        return found

    def _one(self) -> Q:
        if self._take("not"):
            return ~self._one()
        if self._take("("):
            found = self._either()
            self._need(")")
            return found
        if self._take("startswith"):
            return self._begins()
        return self._comparison()

    def _begins(self) -> Q:
        self._need("(")
        field = self._field()
        self._need(",")
        value = self._text(self._next())
        self._need(")")
        if not field.begins:
            raise self._refusal()
        return Q(**{field.begins: value})

    def _comparison(self) -> Q:
        name = self._next()
        if name.lower().endswith("/any"):
            return self._any(name[: -len("/any")])
        field = self._field(name)
        operator = self._next().lower()
        if operator not in _COMPARISONS:
            raise self._refusal()
        found = Q(**{field.equals: self._value(field)})
        return ~found if operator == "ne" else found

    def _any(self, name: str) -> Q:
        field = self._field(name)
        self._need("(")
        variable = self._next()
        for expected in (":", variable, "eq"):
            self._need(expected)
        value = self._text(self._next())
        self._need(")")
        if field.contains is None:
            raise self._refusal()
        # A value that nothing contains is a question with the answer no.
        return field.contains.get(value.lower(), Q(pk=None))

    def _field(self, name: str | None = None) -> Field:
        name = name or self._next()
        field = self.fields.get(name.lower())
        if field is None:
            message = f"Could not find a property named '{name}', or it cannot stand in a filter."
            raise GraphError(400, "Request_UnsupportedQuery", message)
        return field

    def _value(self, field: Field):
        token = self._next()
        if field.kind is bool:
            if token.lower() not in ("true", "false"):
                raise self._refusal()
            return token.lower() == "true"
        return self._text(token)

    def _text(self, token: str) -> str:
        if not token.startswith("'"):
            raise self._refusal()
        return token[1:-1].replace("''", "'")

    def _next(self) -> str:
        if self.at >= len(self.tokens):
            raise self._refusal()
        self.at += 1
        return self.tokens[self.at - 1]

    def _take(self, word: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at].lower() == word:
            self.at += 1
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._take(word.lower()):
            raise self._refusal()

    def _refusal(self) -> GraphError:
        return GraphError(400, "BadRequest", f"Invalid filter clause: {self.text}")
