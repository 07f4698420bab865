"""Audit entries as files: what the filters of a page show, oldest first, a line at a time.

Whoever has all lines of a partner as JSON Lines can check the chain without us: of each line take ``partner``,
``number``, ``at``, ``uuid``, ``previous_hash``, ``action``, ``actor``, ``actor_id``, ``actor_role``,
``organization_id``, ``target_type``, ``target_id``, ``target``, ``details`` and ``address``, write them as JSON with
sorted names, no spaces and no escapes, and compare the SHA-256 of that with ``hash``, and ``previous_hash`` with the
``hash`` of the line before. A client's own people get less of each line, and only their lines: they see the hashes.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone

from accounts.activity import may_see_address
from accounts.csv_answers import csv_answer
from accounts.models import AuditEntry, Membership
from accounts.models.audit_entry import AuditEntryQuerySet
from accounts.sentences import changes, sentence

CSV, JSON_LINES = "csv", "jsonl"
FORMATS = {CSV: "CSV", JSON_LINES: "JSON Lines"}
_COLUMNS = (
    "Number", "Time (UTC)", "Time", "Who", "Role", "What", "Before and after", "Reason", "Action", "Object", "From",
    "Hash", "Hash before",
)  # fmt: skip
_SHOWN = ("number", "at", "uuid", "action", "actor", "target", "sentence", "hash", "previous_hash")
_AT_ONCE = 2000


def format_in(asked: Mapping[str, str]) -> str:
    """Return the format that an address asks for, CSV where it names none that there is."""
    return asked["format"] if asked.get("format") in FORMATS else CSV


def activity_answer(
    entries: AuditEntryQuerySet, *, file_format: str, name: str, viewer: Membership
) -> StreamingHttpResponse:
    """Return the download of ``entries`` in a format of `FORMATS`, read while it is sent; ``name`` has no ending."""
    ordered = entries.select_related("chain").order_by("chain", "number").iterator(chunk_size=_AT_ONCE)
    if file_format == CSV:
        return csv_answer(f"{name}.csv", _COLUMNS, (_cells(entry, viewer) for entry in ordered))
    answer = StreamingHttpResponse(
        (_line(entry, viewer) for entry in ordered), content_type="application/jsonl; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}.jsonl"'
    return answer


def _cells(entry: AuditEntry, viewer: Membership) -> list[Any]:
    local = timezone.localtime(entry.at)
    return [
        entry.number, entry.facts()["at"], f"{local:%Y-%m-%d %H:%M:%S %z}", entry.actor, entry.actor_role,
        sentence(entry), "; ".join(changes(entry)), str(entry.details.get("reason", "")), entry.action, entry.target,
        (entry.address or "") if may_see_address(entry, viewer) else "", entry.hash, entry.previous_hash,
    ]  # fmt: skip


def _line(entry: AuditEntry, viewer: Membership) -> str:
    facts = entry.facts() | {"hash": entry.hash, "sentence": f"{entry.actor} {sentence(entry)}"}
    if not viewer.sees_every_organization:
        # A client's people get what the page shows them; what stands behind it may name people of their partner.
        shown = {name: facts[name] for name in _SHOWN}
        address = facts["address"] if may_see_address(entry, viewer) else None
        reason = str(entry.details.get("reason", ""))
        facts = shown | {"changes": changes(entry), "reason": reason, "address": address}
    return json.dumps(facts, ensure_ascii=False, sort_keys=True) + "\n"
