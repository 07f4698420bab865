"""Protecting newcomers by themselves, as the policy says."""

from datetime import datetime

from django.db import transaction

from accounts import audit
from organizations.models import Item, Organization, Policy

_SWITCHES = {Item.Kind.USER: "auto_users", Item.Kind.SITE: "auto_sites", Item.Kind.TEAM: "auto_teams"}
# One and several.
_WORDS = {Item.Kind.USER: ("user", "users"), Item.Kind.SITE: ("site", "sites"), Item.Kind.TEAM: ("team", "teams")}


@transaction.atomic
def protect_newcomers(*, organization: Organization, now: datetime) -> int:
    """Protect what appeared after its switch was turned on and no filter leaves out; return how many.

    Whatever a person decided by hand stays as decided. Call it after `apply_filter`, and `recount` afterwards.
    """
    policy = Policy.objects.get(organization=organization)
    protected = 0
    for kind, switch in _SWITCHES.items():
        since = getattr(policy, f"{switch}_since")
        if not getattr(policy, switch) or since is None:
            continue
        newcomers = Item.objects.filter(
            organization=organization, kind=kind, is_new=True, first_seen_at__gte=since, is_chosen=False,
            decided_at=None, skipped_as="", presence=Item.Presence.PRESENT,
        )  # fmt: skip
        count = newcomers.update(
            is_chosen=True, chosen_by=Item.ChosenBy.AUTOMATION, decided_by="Automatic backup", decided_at=now
        )
        if count:
            protected += count
            audit.record(
                "item.auto_protected",
                partner_id=organization.partner_id,
                organization_id=organization.pk,
                actor="Schedule",
                target=organization,
                at=now,
                details={"count": count, "kind": _WORDS[kind][count != 1]},
            )
    return protected
