"""Every email about people and their accounts is one function here: plain values in, one row in the outbox out. Those
about clients and their backups are in `client_emails`, those about support tickets in `support_emails`.

The words are in ``templates/emails/<name>.subject.txt``, ``.txt`` and ``.html``. Times are shown in ``time_zone``.
"""

from datetime import datetime

from notifications.delivery import deliver


def invitation(
    *, to: str, name: str, inviter: str, partner: str, role: str, accept_url: str, expires_at: datetime, time_zone: str
) -> None:
    """Ask a new person to join a partner's team, choose a password and sign in."""
    deliver(
        "invitation",
        to=to,
        time_zone=time_zone,
        context={
            "name": name, "inviter": inviter, "partner": partner, "role": role,
            "accept_url": accept_url, "expires_at": expires_at,
        },
    )  # fmt: skip


def added_to_partner(
    *, to: str, name: str, inviter: str, partner: str, role: str, accept_url: str, expires_at: datetime, time_zone: str
) -> None:
    """Ask somebody who has an account already to join one more partner with it."""
    deliver(
        "added_to_partner",
        to=to,
        time_zone=time_zone,
        context={
            "inviter": inviter, "partner": partner, "role": role, "accept_url": accept_url, "expires_at": expires_at,
        },
    )  # fmt: skip


def organization_invitation(
    *, to: str, name: str, inviter: str, organization: str, partner: str, accept_url: str, door_url: str,
    expires_at: datetime, time_zone: str,
) -> None:  # fmt: skip
    """Ask a new person to choose a password and sign in to the backup of the own organization."""
    deliver(
        "organization_invitation",
        to=to,
        time_zone=time_zone,
        context={
            "name": name, "inviter": inviter, "organization": organization, "partner": partner,
            "accept_url": accept_url, "door_url": door_url, "expires_at": expires_at,
        },
    )  # fmt: skip


def added_to_organization(
    *, to: str, name: str, inviter: str, organization: str, partner: str, accept_url: str, door_url: str,
    expires_at: datetime, time_zone: str,
) -> None:  # fmt: skip
    """Ask somebody who has an account already to look after one more organization with it."""
    deliver(
        "added_to_organization",
        to=to,
        time_zone=time_zone,
        context={
            "name": name, "inviter": inviter, "organization": organization, "partner": partner,
            "accept_url": accept_url, "door_url": door_url, "expires_at": expires_at,
        },
    )  # fmt: skip


def password_reset(*, to: str, name: str, reset_url: str, expires_at: datetime) -> None:
    """Send the link with which a person chooses a new password."""
    deliver("password_reset", to=to, context={"name": name, "reset_url": reset_url, "expires_at": expires_at})


def unknown_account(*, to: str) -> None:
    """Tell the owner of an address that somebody asked to reset a password that does not exist."""
    deliver("unknown_account", to=to, context={})


def password_changed(*, to: str, name: str, at: datetime, browser: str, address: str) -> None:
    """Tell a person that the own password was changed."""
    deliver("password_changed", to=to, context={"name": name, "at": at, "browser": browser, "address": address})


def second_factor_changed(*, to: str, name: str, change: str, at: datetime, browser: str, address: str) -> None:
    """Tell a person what was changed about the own second factor."""
    deliver(
        "second_factor_changed",
        to=to,
        context={"name": name, "change": change, "at": at, "browser": browser, "address": address},
    )


def codes_locked(*, to: str, name: str, locked_until: datetime) -> None:
    """Tell a person that ten wrong codes closed the second step for an hour."""
    deliver("codes_locked", to=to, context={"name": name, "locked_until": locked_until})


def codes_locked_for_administrator(*, to: str, name: str, partner: str, locked_until: datetime) -> None:
    """Tell the other Administrators of a company the same."""
    deliver(
        "codes_locked_for_administrator",
        to=to,
        context={"name": name, "partner": partner, "locked_until": locked_until},
    )


def new_sign_in(*, to: str, name: str, at: datetime, browser: str, address: str) -> None:
    """Tell a person about a sign-in from a browser never seen before."""
    deliver("new_sign_in", to=to, context={"name": name, "at": at, "browser": browser, "address": address})


def sign_in_after_failures(*, to: str, name: str, failures: int, at: datetime, browser: str, address: str) -> None:
    """Tell a person that somebody got in after several wrong passwords."""
    deliver(
        "sign_in_after_failures",
        to=to,
        context={"name": name, "failures": failures, "at": at, "browser": browser, "address": address},
    )


def reset_requested(
    *, to: str, name: str, what: str, requested_by: str, reason: str, due_at: datetime, stop_url: str | None
) -> None:
    """Tell a person that an Administrator resets the password or second factor, and how to object in time."""
    deliver(
        "reset_requested",
        to=to,
        context={
            "name": name, "what": what, "requested_by": requested_by, "reason": reason,
            "due_at": due_at, "stop_url": stop_url,
        },
    )  # fmt: skip


def second_factor_reset_done(*, to: str, name: str, partner: str) -> None:
    """Tell a person that the second factor is gone and will be set up at the next sign-in."""
    deliver("second_factor_reset_done", to=to, context={"name": name, "partner": partner})


def organization_second_factor_reset_done(*, to: str, name: str, organization: str, partner: str) -> None:
    """Tell a user of an organization that the second factor is gone, and how to have one again."""
    deliver(
        "organization_second_factor_reset_done",
        to=to,
        context={"name": name, "organization": organization, "partner": partner},
    )


def role_changed(*, to: str, name: str, partner: str, role: str, changed_by: str) -> None:
    """Tell a person about a new role."""
    deliver("role_changed", to=to, context={"name": name, "partner": partner, "role": role, "changed_by": changed_by})


def membership_removed(*, to: str, name: str, partner: str, removed_by: str) -> None:
    """Tell a person that the account at a company is deleted."""
    deliver("membership_removed", to=to, context={"name": name, "partner": partner, "removed_by": removed_by})


def billing_requested(*, to: str, person: str, partner: str, requested_by: str, membership_id: int) -> None:
    """Ask customer service to open billing for an Accountant."""
    deliver(
        "billing_requested",
        to=to,
        context={
            "person": person, "partner": partner, "requested_by": requested_by, "membership_id": membership_id,
        },
    )  # fmt: skip


def billing_opened(*, to: str, name: str, partner: str) -> None:
    """Tell an Accountant that invoices and payments are open now."""
    deliver("billing_opened", to=to, context={"name": name, "partner": partner})


def webhook_switched_off(
    *, to: str, name: str, webhook: str, url: str, reason: str, page_url: str, time_zone: str
) -> None:
    """Tell an Administrator that events are not sent to an address any more, and why."""
    deliver(
        "webhook_switched_off",
        to=to,
        time_zone=time_zone,
        context={"name": name, "webhook": webhook, "url": url, "reason": reason, "page_url": page_url},
    )


def api_key_created(
    *, to: str, name: str, partner: str, key: str, handle: str, scopes: str, reach: str, created_by: str,
    expires_at: datetime, keys_url: str, time_zone: str,
) -> None:  # fmt: skip
    """Tell an Administrator that a program can read the company's clients now."""
    deliver(
        "api_key_created",
        to=to,
        time_zone=time_zone,
        context={
            "name": name, "partner": partner, "key": key, "handle": handle, "scopes": scopes, "reach": reach,
            "created_by": created_by, "expires_at": expires_at, "keys_url": keys_url,
        },
    )  # fmt: skip
