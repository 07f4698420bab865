"""Addresses that stand for one person on one ticket, so that a mail to them becomes that person's comment.

``reply+<ticket>.<person>.<signature>@<REPLY_DOMAIN>``: signed with the installation's key, so nobody can make one up or
change one. Mail servers may change the case of letters and refuse more than 64 before the @; this has neither problem.
"""

import base64
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import salted_hmac

from support.models.numbers import row_number

_PREFIX = "reply+"
_SALT = "support.reply_addresses"
_SIGNATURE_BYTES = 15


@dataclass(frozen=True)
class ReplyTo:
    """What a reply address stands for."""

    ticket_id: int
    user_id: int


def reply_address(*, ticket_id: int, user_id: int) -> str | None:
    """Return the address, or None where this installation takes no mails (no ``REPLY_DOMAIN``)."""
    if not settings.REPLY_DOMAIN:
        return None
    signature = _signature(ticket_id, user_id, settings.SECRET_KEY)
    return f"{_PREFIX}{ticket_id}.{user_id}.{signature}@{settings.REPLY_DOMAIN}"


def read_reply_address(address: str) -> ReplyTo | None:
    """Return whom and what an address stands for; None for any that we did not make."""
    local, _, domain = address.strip().strip("<>").lower().rpartition("@")
    if not settings.REPLY_DOMAIN or domain != settings.REPLY_DOMAIN.lower() or not local.startswith(_PREFIX):
        return None
    parts = local.removeprefix(_PREFIX).split(".")
    if len(parts) != 3:
        return None
    ticket_id, user_id = map(row_number, parts[:2])
    if ticket_id is None or user_id is None:
        return None
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    given = parts[2].encode("utf-8", "replace")
    fits = [hmac.compare_digest(_signature(ticket_id, user_id, key).encode(), given) for key in keys]
    return ReplyTo(ticket_id, user_id) if any(fits) else None


def _signature(ticket_id: int, user_id: int, key: str) -> str:
    made = salted_hmac(_SALT, f"{ticket_id}.{user_id}", secret=key, algorithm="sha256").digest()
    return base64.b32encode(made[:_SIGNATURE_BYTES]).decode().lower()
