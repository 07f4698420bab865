"""How the API is told things: forms whose names are paths, `line_items[0][price_data][currency]=eur`."""

import re
from typing import Any

from django.http import QueryDict

from simulators.stripe.things import ApiRefusal

_PARTS = re.compile(r"\[([^\]]*)\]")


def told(form: QueryDict) -> dict[str, Any]:
    """Return what a form says as nested dictionaries and lists."""
    tree: dict[str, Any] = {}
    for name, values in form.lists():
        first = name.partition("[")[0]
        path = [first, *_PARTS.findall(name)]
        place = tree
        for part in path[:-1]:
            place = place.setdefault(part, {})
        place[path[-1] or "0"] = values[-1]
    return _with_lists(tree)


def refuse_unknown(values: dict, known: set[str]) -> None:
    """Raise `ApiRefusal` for a parameter the call does not know, as Stripe does."""
    for name in values:
        if name not in known:
            raise ApiRefusal(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def needed(values: dict, name: str) -> Any:
    """Return a parameter that must be there. Raises `ApiRefusal`."""
    if not values.get(name):
        raise ApiRefusal(f"Missing required param: {name}.", code="parameter_missing", param=name)
    return values[name]


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdecimal() for key in value):
        return [_with_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _with_lists(one) for key, one in value.items()}
