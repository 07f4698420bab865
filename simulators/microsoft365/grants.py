"""Which app may do what in which tenant, and since when."""

from datetime import datetime, timedelta

from simulators.microsoft365.models import Grant, Tenant


def grant(*, tenant: Tenant, client_id: str, roles: list[str], now: datetime, propagation_seconds: float = 0) -> Grant:
    """Let an app have ``roles`` in a tenant, in place of those it had."""
    values = {"roles": sorted(roles), "granted_at": now, "propagation_seconds": propagation_seconds}
    made, _ = Grant.objects.update_or_create(tenant=tenant, client_id=client_id.lower(), defaults=values)
    return made


def revoke(*, tenant: Tenant, client_id: str) -> bool:
    """Take everything from an app; return whether it had anything. Tokens it holds work until they expire."""
    return bool(Grant.objects.filter(tenant=tenant, client_id=client_id.lower()).delete()[0])


def roles_that_arrived(grant: Grant | None, now: datetime) -> list[str] | None:
    """Return the roles a token gets now, or None while the tenant does not know the app.

    A consent spreads in two steps: for the first half of its time nothing is known, for the second half the app is
    known but has no roles.
    """
    if grant is None:
        return None
    age, spread = now - grant.granted_at, timedelta(seconds=grant.propagation_seconds)
    if age < spread / 2:
        return None
    return [] if age < spread else grant.roles
