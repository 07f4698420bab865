"""Protecting newcomers by themselves, as the policy says."""

from datetime import datetime

from django.db import transaction

from organizations.actions import schedule_log
from organizations.models import Item, Organization, Policy

_SWITCHES = {Item.Kind.USER: "auto_users", Item.Kind.SITE: "auto_sites", Item.Kind.TEAM: "auto_teams"}
# One and several.
_WORDS = {Item.Kind.USER: ("user", "users"), Item.Kind.SITE: ("site", "sites"), Item.Kind.TEAM: ("team", "teams")}


@transaction.atomic
def protect_newcomers(*, organization: Organization, now: datetime) -> int:
    """Protect what appeared after its switch was turned on and no filter leaves out; return how many.

    Whatever a person decided by hand stays as decided. Call it after `apply_filter`, and `recount` afterwards.
    """
    if Organization.objects.filter(pk=organization.pk).exclude(erased_at=None).exists():
        return 0
    policy = Policy.objects.get(organization=organization)
    protected = 0
    for kind, switch in _SWITCHES.items():
        since = getattr(policy, f"{switch}_since")
        if not getattr(policy, switch) or since is None:
            continue
        newcomers = Item.objects.filter(
            organization=organization, kind=kind, is_new=True, first_seen_at__gte=since, is_chosen=False,
            decided_at=None, skipped_as="", presence=Item.Presence.PRESENT, is_being_deleted=False,
        )  # fmt: skip
        count = newcomers.update(
            is_chosen=True, chosen_by=Item.ChosenBy.AUTOMATION, decided_by="Automatic backup", decided_at=now
        )
        if count:
            protected += count
            schedule_log.note(
                "item.auto_protected", organization, {"count": count, "kind": _WORDS[kind][count != 1]}, at=now
            )
    return protected
