"""What the Services page prints: switches with their consequences, groups, counts, what is not saved."""

from accounts.access import PartnerRequest
from accounts.roles import Can
from organizations.actions.filter_forecasts import Forecast, counts_by_skip, forecast
from organizations.actions.group_members import Unread
from organizations.actions.policies import AUTOMATIONS, NAMES, stopped_kinds
from organizations.forms.policies import PolicyForm
from organizations.models import Item, Organization, Policy
from organizations.models.organization import BackupStatus
from organizations.views.settings_forms import Toggle, counted

_STAYS = "What was saved stays and can be restored; nothing is deleted."
_MAILBOXES = ("protected person or shared mailbox", "protected people and shared mailboxes")
# kind: (icon, note, what is read, protected what)
_KINDS = {
    "mail": ("mail", "Messages, folders and attachments of people and shared mailboxes.", "mail", _MAILBOXES),
    "calendar": ("calendar", "Events with attendees, including recurring ones.", "calendars", _MAILBOXES),
    "contacts": ("contacts", "Personal contacts and contact folders.", "contacts", _MAILBOXES),
    "onedrive": ("drive", "Files and who may see them. Older versions stay at Microsoft.", "OneDrive", _MAILBOXES),
    "sharepoint": (
        "site", "Libraries, lists and pages of protected sites.", "SharePoint", ("protected site", "protected sites"),
    ),
    "teams": (
        "team", "Channel messages, tabs and members. Files are kept with the team’s site; chats are not included.",
        "Teams",
        ("protected team", "protected teams"),
    ),
}  # fmt: skip
_SKIPS = {
    "skip_external": ("users", "Guests invited from other organizations."),
    "skip_shared_mailboxes": ("mail", "Mailboxes that several people read, and those of rooms and equipment."),
    "skip_disabled": ("lock", "People whose account at Microsoft 365 is switched off."),
}
# switch: (icon, label, who is not protected yet)
_AUTOMATIONS = {
    "auto_users": (
        "user", "Automatically back up new Microsoft Office 365 users",
        ("person or shared mailbox", "people and shared mailboxes"),
    ),
    "auto_sites": ("site", "Automatically back up new Microsoft Office 365 SharePoint sites", ("site", "sites")),
    "auto_teams": ("team", "Automatically back up new Microsoft Office 365 Teams", ("team", "teams")),
}  # fmt: skip
REASONS = {
    Item.Skip.EXTERNAL: "External users",
    Item.Skip.SHARED_MAILBOX: "Shared mailboxes, rooms and equipment",
    Item.Skip.DISABLED: "Disabled users",
    Item.Skip.GROUP: "Members of skipped groups",
    Item.Skip.PATTERN: "Skipped addresses",
}


def page_context(request: PartnerRequest, organization: Organization, form: PolicyForm, unread: Unread) -> dict:
    """Return everything the page and its form need besides what a single answer adds."""
    policy = form.policy
    connection = organization.connections.in_use().first()
    services = [_kind(form, organization, kind) for kind in Policy.KINDS]
    counts = counts_by_skip(organization)
    skips = [_skip(form, name, counts[name]) for name in _SKIPS]
    automations = [_automation(form, organization, name) for name in AUTOMATIONS]
    groups = form.chosen_groups()
    return {
        "form": form,
        "policy": policy,
        "may_save": request.membership.may(Can.MANAGE_BACKUP_SETTINGS),
        "connection": connection,
        "is_connected": organization.is_readable,
        "has_report": organization.backup_status != BackupStatus.NONE,
        "services": services,
        "skips": skips,
        "automations": automations,
        "groups": groups,
        "saved_patterns": policy.skip_patterns,
        "unsaved": _unsaved(form, [*services, *skips, *automations], groups),
    } | preview_context(organization, form, unread)


def preview_context(organization: Organization, form: PolicyForm, unread: Unread) -> dict:
    """Return what the count of skipped people needs."""
    user_filter = form.user_filter()
    expected = forecast(organization, user_filter) if user_filter else None
    return {
        "form": form,
        "forecast": expected,
        "parts": [(REASONS[Item.Skip(part.reason)], part) for part in expected.parts] if expected else [],
        "is_discovered": organization.connections.filter(discovered_at__isnull=False).exists(),
        "unread": unread,
    }


def consequences(policy: Policy, values: dict, expected: Forecast | None) -> tuple[str, str]:
    """Return what saving would stop, in words and as a short text that is the same for the same consequences.

    Both are empty where nothing stops. ``expected`` is None where the filter stays as it is.
    """
    losing = expected.losing if expected else 0
    kinds = stopped_kinds(policy, values)
    pieces = [NAMES[kind] for kind in kinds]
    if losing:
        pieces.insert(0, counted(losing, "protected person", "protected people"))
    return _listed(pieces), ",".join([*kinds, str(losing)]) if pieces else ""


def _kind(form: PolicyForm, organization: Organization, kind: str) -> Toggle:
    icon, note, what, who = _KINDS[kind]
    count = _protected(organization, kind)
    concerned = (
        f"This concerns {counted(count, *who)}." if count else "Nobody and nothing it concerns is protected yet."
    )
    if getattr(form.policy, kind):
        effect = f"From the next backup on, {what} will not be read any more. {concerned} {_STAYS}"
    else:
        effect = f"From the next backup on, {what} will be read. {concerned}"
    return _toggle(form, kind, icon=icon, label=NAMES[kind], note=note, effect=effect)


def _protected(organization: Organization, kind: str) -> int:
    if kind == "sharepoint":
        return organization.sites_protected
    if kind == "teams":
        return organization.teams_protected
    return organization.users_protected + organization.mailboxes_protected


def _skip(form: PolicyForm, name: str, counts: tuple[int, int]) -> Toggle:
    icon, note = _SKIPS[name]
    count, losing = counts
    protected = f"{losing} of them protected" if losing else "none of them protected"
    if count == 1:
        protected = "protected" if losing else "not protected"
    if getattr(form.policy, name):
        effect = "They can be protected again. Whoever was chosen before the filter is protected again at once."
    elif losing:
        effect = f"{counted(losing, 'protected person', 'protected people')} will not be read any more. {_STAYS}"
    else:
        effect = "Nobody who is protected now falls under it. Whoever does later is left out."
    now = f"{count} at the moment, {protected}." if count else "None at the moment."
    return _toggle(form, name, icon=icon, label=NAMES[name], note=f"{note} {now}", effect=effect)


def _automation(form: PolicyForm, organization: Organization, name: str) -> Toggle:
    icon, label, who = _AUTOMATIONS[name]
    eligible, protected = {
        "auto_users": (
            organization.users_eligible + organization.mailboxes_eligible,
            organization.users_protected + organization.mailboxes_protected,
        ),
        "auto_sites": (organization.sites_eligible, organization.sites_protected),
        "auto_teams": (organization.teams_eligible, organization.teams_protected),
    }[name]
    if getattr(form.policy, name):
        effect = f"New {who[1]} stay unprotected until somebody chooses them. What is protected stays protected."
    elif eligible > protected:
        stay = "stays" if eligible - protected == 1 else "stay"
        effect = f"{counted(eligible - protected, *who)} not protected now {stay} so until chosen under Accounts."
    else:
        effect = "Everything that is there now is protected already; this adds what appears from now on."
    unless = ", unless a filter above leaves the account out" if name == "auto_users" else ""
    note = f"Protected as soon as discovery finds something new{unless}."
    return _toggle(form, name, icon=icon, label=label, note=note, effect=effect)


def _toggle(form: PolicyForm, name: str, **words: str) -> Toggle:
    return Toggle(
        name=name, is_on=form.is_on(name), was_on=getattr(form.policy, name), short=NAMES[name], **words
    )  # fmt: skip


def _unsaved(form: PolicyForm, toggles: list[Toggle], groups: list) -> list[str]:
    changes = [toggle.change for toggle in toggles if toggle.is_changed]
    if {group.pk for group in groups} != {group.pk for group in form.saved_groups}:
        changes.append(NAMES["skip_groups"].lower())
    typed = set((form["skip_patterns"].value() or "").lower().split())
    if typed != set(form.policy.skip_patterns):
        changes.append(NAMES["skip_patterns"].lower())
    return changes


def _listed(pieces: list[str]) -> str:
    return " and ".join([", ".join(pieces[:-1]), pieces[-1]]) if len(pieces) > 1 else "".join(pieces)
