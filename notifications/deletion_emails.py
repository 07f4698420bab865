"""Every email about deleting backed-up data, and about rules by which it is deleted, is one function here.

They go to all Administrators, whatever newsletters they want. ``what`` and ``requested_by`` say whose data it is and
who asked; each goes out once for each ``key``.
"""

from datetime import datetime

from notifications.delivery import deliver


def deletion_requested(
    *, to: str, name: str, organization: str, what: str, requested_by: str, reason: str, objects: int, size: str,
    deletion_url: str, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell an Administrator that somebody asks for data to be deleted, and that another one has to decide."""
    deliver(
        "deletion_requested",
        to=to,
        key=key,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "what": what, "requested_by": requested_by, "reason": reason,
            "objects": objects, "size": size, "deletion_url": deletion_url,
        },
    )  # fmt: skip


def deletion_authorized(
    *, to: str, name: str, organization: str, what: str, requested_by: str, reason: str, authorized_by: str,
    due_at: datetime, cancel_url: str, deletion_url: str, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell an Administrator until when a deletion that was authorized can be cancelled."""
    deliver(
        "deletion_authorized",
        to=to,
        key=key,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "what": what, "requested_by": requested_by, "reason": reason,
            "authorized_by": authorized_by, "due_at": due_at, "cancel_url": cancel_url, "deletion_url": deletion_url,
        },
    )  # fmt: skip


def deletion_near(
    *, to: str, name: str, organization: str, what: str, requested_by: str, reason: str, authorized_by: str,
    due_at: datetime, deletion_url: str, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell an Administrator that the hold of a deletion is over in three days."""
    deliver(
        "deletion_near",
        to=to,
        key=key,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "what": what, "requested_by": requested_by, "reason": reason,
            "authorized_by": authorized_by, "due_at": due_at, "deletion_url": deletion_url,
        },
    )  # fmt: skip


def deletion_ended(
    *, to: str, name: str, organization: str, what: str, requested_by: str, reason: str, how: str, by: str,
    because: str, deletion_url: str, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell an Administrator that a deletion was declined or cancelled (``how``), by whom and why."""
    deliver(
        "deletion_ended",
        to=to,
        key=key,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "what": what, "requested_by": requested_by, "reason": reason,
            "how": how, "by": by, "because": because, "deletion_url": deletion_url,
        },
    )  # fmt: skip


def deletion_stuck(
    *, to: str, name: str, organization: str, what: str, requested_by: str, reason: str, because: str,
    deletion_url: str, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell an Administrator that some of a deletion cannot be carried out before the operator has repaired it."""
    deliver(
        "deletion_stuck",
        to=to,
        key=key,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "what": what, "requested_by": requested_by, "reason": reason,
            "because": because, "deletion_url": deletion_url,
        },
    )  # fmt: skip


def deletion_done(
    *, to: str, name: str, organization: str, what: str, requested_by: str, reason: str, authorized_by: str,
    at: datetime, objects: int, versions: int, packs: int, deletion_url: str, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell an Administrator what was destroyed, with the way to the certificate."""
    deliver(
        "deletion_done",
        to=to,
        key=key,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "what": what, "requested_by": requested_by, "reason": reason,
            "authorized_by": authorized_by, "at": at, "objects": objects, "versions": versions, "packs": packs,
            "deletion_url": deletion_url,
        },
    )  # fmt: skip


def retention_tightened(
    *, to: str, name: str, organization: str, before: str, after: str, set_by: str, next_at: datetime,
    retention_url: str, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell an Administrator from when on a stricter rule removes older versions. ``before`` and ``after`` end the
    sentence "Older versions are kept …".
    """
    deliver(
        "retention_tightened",
        to=to,
        key=key,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "before": before, "after": after, "set_by": set_by,
            "next_at": next_at, "retention_url": retention_url,
        },
    )  # fmt: skip


def retention_frozen(
    *, to: str, name: str, organization: str, because: str, retention_url: str, time_zone: str, key: str
) -> None:
    """Tell an Administrator why nothing is removed by a client's rule any more."""
    deliver(
        "retention_frozen",
        to=to,
        key=key,
        time_zone=time_zone,
        context={"name": name, "organization": organization, "because": because, "retention_url": retention_url},
    )
