"""Every email about a client and its backups is one function here, as those about people are in `emails`."""

from datetime import date, datetime, timedelta
from typing import Any

from notifications.delivery import BODIES_KEPT, deliver, draft
from notifications.models import OutgoingEmail

# They hold no link that opens anything by itself, and people look at them again: as long as the reports they tell of.
DIGESTS_KEPT = timedelta(days=365)


def restore_ended(
    *,
    to: str,
    name: str,
    organization: str,
    what: str,
    how: str,
    target: str,
    folder: str,
    as_of: datetime | None,
    figures: dict[str, int],
    lacking: list[tuple[str, int]],
    reasons: list[tuple[str, int]],
    problem: str,
    can_go_on: bool,
    restore_url: str,
    time_zone: str,
) -> None:
    """Tell the person who asked how a restore ended.

    ``how`` ends the sentence "The restore ...". ``figures`` are ``restored``, ``replaced``, ``degraded``, ``skipped``
    and ``failed``; ``lacking`` says what came back without what, and ``reasons`` why something did not come back, each
    with the number of objects.
    """
    deliver(
        "restore_ended",
        to=to,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "what": what, "how": how, "target": target, "folder": folder,
            "as_of": as_of, "figures": figures, "lacking": lacking, "reasons": reasons, "problem": problem,
            "can_go_on": can_go_on, "restore_url": restore_url,
        },
    )  # fmt: skip


def export_ready(
    *, to: str, name: str, organization: str, what: str, problem: str, expires_at: datetime, export_url: str,
    time_zone: str,
) -> None:  # fmt: skip
    """Tell the person who asked for an export that it can be downloaded.

    ``problem`` says in words what is missing, "" where everything is there. ``export_url`` leads to the page, never to
    the data itself.
    """
    deliver(
        "export_ready",
        to=to,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "what": what, "problem": problem, "expires_at": expires_at,
            "export_url": export_url,
        },
    )  # fmt: skip


def export_failed(
    *, to: str, name: str, organization: str, what: str, problem: str, export_url: str, time_zone: str
) -> None:
    """Tell the person who asked for an export why there is none."""
    deliver(
        "export_failed",
        to=to,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "what": what, "problem": problem, "export_url": export_url,
        },
    )  # fmt: skip


def source_lost(
    *, to: str, name: str, organization: str, service: str, reason: str, lost_at: datetime, organization_url: str,
    why: str, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell somebody that a client's service does not let us in, so that nothing is backed up. Once for each ``key``.

    ``why`` ends the sentence "You get this because ...".
    """
    deliver(
        "source_lost",
        to=to,
        key=key,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "service": service, "reason": reason, "lost_at": lost_at,
            "organization_url": organization_url, "why": why,
        },
    )  # fmt: skip


def source_regained(
    *, to: str, name: str, organization: str, service: str, lost_at: datetime, at: datetime, organization_url: str,
    why: str, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell somebody that a client's service lets us in again. Once for each ``key``."""
    deliver(
        "source_regained",
        to=to,
        key=key,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "service": service, "lost_at": lost_at, "at": at,
            "organization_url": organization_url, "why": why,
        },
    )  # fmt: skip


def backups_overdue(
    *, to: str, name: str, organization: str, overdue_at: datetime, had_one: bool, status: str, organization_url: str,
    why: str, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell somebody that a client has had no good backup for a day. Once for each ``key``.

    ``overdue_at`` is the moment of the last good one, or where it never ``had_one`` that of its first beginning.
    """
    deliver(
        "backups_overdue",
        to=to,
        key=key,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "overdue_at": overdue_at, "had_one": had_one, "status": status,
            "organization_url": organization_url, "why": why,
        },
    )  # fmt: skip


def backups_good_again(
    *, to: str, name: str, organization: str, overdue_at: datetime, at: datetime, organization_url: str, why: str,
    time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell somebody that a client has a good backup again. Once for each ``key``."""
    deliver(
        "backups_good_again",
        to=to,
        key=key,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "overdue_at": overdue_at, "at": at,
            "organization_url": organization_url, "why": why,
        },
    )  # fmt: skip


def digests_lost(
    *, to: str, name: str, organization: str, lost: list[str], digests_url: str, organization_url: str, why: str,
    time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell somebody that Summary Digests of a client do not arrive; ``lost`` says which in sentences. Once for each
    ``key``.
    """
    deliver(
        "digests_lost",
        to=to,
        key=key,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "lost": lost, "digests_url": digests_url,
            "organization_url": organization_url, "why": why,
        },
    )  # fmt: skip


def digests_arrive_again(
    *, to: str, name: str, organization: str, since: datetime, recipients: list[str], digests_url: str,
    organization_url: str, why: str, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell somebody that a client's Summary Digests arrive again at those who had lost some. Once for each ``key``."""
    deliver(
        "digests_arrive_again",
        to=to,
        key=key,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "since": since, "recipients": recipients,
            "digests_url": digests_url, "organization_url": organization_url, "why": why,
        },
    )  # fmt: skip


def summary_digest(
    *, to: str, organization: str, partner: str, day: date, status: str, look: Any, note: str,
    reported_at: datetime | None, is_stale: bool, counts: list[tuple[str, str, int]], troubled: list[dict[str, Any]],
    troubled_in_all: int, open_failures: int, changes: list[str], stored: str, covered: int, uncovered: int,
    newly_protected: int, restores: int, connection: str, can_read: bool, days: list[dict[str, Any]],
    doubts: list[str], often: str, report_url: str, coverage_url: str, failures_url: str, settings_url: str,
    time_zone: str, key: str, is_test: bool, is_sent: bool,
) -> OutgoingEmail | None:  # fmt: skip
    """Tell how a client's backups stood in the last stored report. Once for each ``key``; returns the mail.

    ``day`` is the local date the digest is of. ``look`` has the ``name`` and ``mark`` of the status, ``troubled`` the
    first of ``troubled_in_all`` accounts, ``days`` the status of each of the last days, ``doubts`` a sentence for each
    earlier digest that may not have arrived. What is not ``is_sent`` is returned and not kept.
    """
    context = {
        "organization": organization, "partner": partner, "day": day, "status": status, "look": look, "note": note,
        "reported_at": reported_at, "is_stale": is_stale, "counts": counts, "troubled": troubled,
        "troubled_in_all": troubled_in_all, "open_failures": open_failures, "changes": changes, "stored": stored,
        "covered": covered, "uncovered": uncovered, "newly_protected": newly_protected, "restores": restores,
        "connection": connection, "can_read": can_read, "days": days, "doubts": doubts, "often": often,
        "report_url": report_url, "coverage_url": coverage_url, "failures_url": failures_url,
        "settings_url": settings_url, "is_test": is_test,
    }  # fmt: skip
    if not is_sent:
        return draft("summary_digest", to=to, time_zone=time_zone, context=context)
    kept = BODIES_KEPT if is_test else DIGESTS_KEPT
    return deliver("summary_digest", to=to, key=key, time_zone=time_zone, bodies_kept=kept, context=context)


def incident_open(
    *, to: str, name: str, organization: str, what: str, since_at: datetime, is_open_still: bool,
    incident_url: str, why: str, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell somebody of an incident that began at ``since_at``, or ``is_open_still`` after it was muted. Once for each
    ``key``. ``what`` says in a few words what it is; ``incident_url`` is empty for who may not open its page.
    """
    deliver(
        "incident_open",
        to=to,
        key=key,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "what": what, "since_at": since_at,
            "is_open_still": is_open_still, "incident_url": incident_url, "why": why,
        },
    )  # fmt: skip


def incident_over(
    *, to: str, name: str, organization: str, what: str, since_at: datetime, at: datetime, incident_url: str,
    why: str, time_zone: str, key: str,
) -> None:  # fmt: skip
    """Tell somebody that an incident is over ``at`` a moment. Once for each ``key``. ``incident_url`` is empty for who
    may not open its page.
    """
    deliver(
        "incident_over",
        to=to,
        key=key,
        time_zone=time_zone,
        context={
            "name": name, "organization": organization, "what": what, "since_at": since_at, "at": at,
            "incident_url": incident_url, "why": why,
        },
    )  # fmt: skip
