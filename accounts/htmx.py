"""Telling apart who asks for a page and who for a part of it."""

from django.http import HttpRequest


def wants_part(request: HttpRequest) -> bool:
    """Return whether htmx asks for the part it swaps in. Going back in history needs the whole page again."""
    return bool(request.htmx) and not request.htmx.history_restore_request
