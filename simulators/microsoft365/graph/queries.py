"""Query options."""

from urllib.parse import parse_qsl


def options_of(query: str) -> dict[str, str]:
    """Return the options of a query string; OData's are known with and without their dollar sign."""
    options = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        options[_canonical(name)] = value
    return options


def _canonical(name: str) -> str:
    plain = name.lstrip("$").lower()
    if plain in ("select", "filter", "top", "skip", "expand", "orderby", "count", "skiptoken", "deltatoken"):
        return f"${plain}"
    if plain in ("search", "token"):
        return f"${plain}" if name.startswith("$") else plain
    return name
