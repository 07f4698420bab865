"""Absolute addresses inside answers, and the signed tokens in them."""

import base64
import binascii
import hashlib
import hmac
import json
from urllib.parse import quote

from django.conf import settings

from simulators.microsoft365 import keys


class BadLinkToken(ValueError):
    """The token of a link was not made here, or was changed."""


def address(path: str, options: dict[str, str]) -> str:
    """Return the absolute address of a call, with its options in the order given."""
    query = "&".join(f"{name}={quote(value, safe=',()/:')}" for name, value in options.items())
    return f"{settings.GRAPH_URL_BASE}/v1.0{path}" + (f"?{query}" if query else "")


def context(what: str) -> str:
    """Return the address of the description of ``what``."""
    return f"{settings.GRAPH_URL_BASE}/v1.0/$metadata#{what}"


def pack(value: dict) -> str:
    """Return ``value`` as an opaque, signed word."""
    data = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mac(data) + data).rstrip(b"=").decode()


def unpack(word: str) -> dict:
    """Return what `pack` was given. Raises `BadLinkToken`."""
    try:
        raw = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
        mac, data = raw[:16], raw[16:]
        if not hmac.compare_digest(mac, _mac(data)):
            raise BadLinkToken(word)
        return json.loads(data)
    except (ValueError, binascii.Error) as problem:
        raise BadLinkToken(word) from problem


def _mac(data: bytes) -> bytes:
    return hmac.new(keys.link_secret(), data, hashlib.sha256).digest()[:16]
