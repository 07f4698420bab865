"""Telling all Administrators of a partner what becomes of a client's data, in the caller's transaction."""

from collections.abc import Callable

from accounts.models import Membership
from organizations.models import Organization


def tell_administrators(mail: Callable, organization: Organization, key: str, **facts) -> None:
    """Send ``mail``, a function of `notifications.deletion_emails`, to each of them, once for each ``key``."""
    administrators = Membership.objects.filter(partner=organization.partner_id).administrators().select_related("user")
    for one in administrators:
        mail(
            to=one.user.email, name=one.user.full_name, organization=organization.name,
            time_zone=one.user.time_zone or organization.partner.time_zone,
            key=f"{mail.__name__}:{key}:{one.user.email}", **facts,
        )  # fmt: skip
