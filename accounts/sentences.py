"""What an audit entry says in words. One table: an action without a sentence fails a test."""

from accounts.models import AuditEntry

# (key, label for the filter, prefixes of the actions it holds)
SUBJECTS = (
    ("sign-ins", "Signing in and out", ("sign_in.", "sessions.", "second_factor.", "recovery_codes.", "password.")),
    ("users", "Users and invitations", ("member.", "invitation.", "reset.", "profile.", "newsletters.")),
    ("billing", "Billing", ("billing.",)),
    ("company", "Company details", ("partner.",)),
    ("organizations", "Client organizations", ("organization.",)),
    ("connections", "Connections and consent", ("connection.", "consent.", "discovery.", "source_app.")),
    ("protection", "What is protected", ("item.", "site_address.", "policy.")),
    ("backups", "Backups", ("run.", "container.", "vault.", "failure.")),
    ("restores", "Restores", ("restore.",)),
    ("exports", "Exports", ("export.",)),
    ("looking", "Searching and looking", ("data.", "object.")),
    ("notifications", "Notifications", ("digest.",)),
)

# action: (icon, sentence with {target} and {details…}). The actor stands before it.
SENTENCES: dict[str, tuple[str, str]] = {
    "sign_in.succeeded": ("key", "signed in"),
    "sign_in.failed": ("alert", "failed to sign in"),
    "sign_in.ended": ("leave", "signed out"),
    "sessions.ended": ("leave", "ended {count} other sessions"),
    "second_factor.added": ("shield-check", "set up a second factor"),
    "second_factor.removed": ("shield", "removed a second factor"),
    "second_factor.locked": ("lock", "entered ten wrong codes and is locked out for an hour"),
    "recovery_codes.made": ("key", "made new recovery codes"),
    "password.changed": ("key", "changed the password"),
    "member.created": ("plus", "created the user {name} as {role}"),
    "member.edited": ("edit", "changed the user {target}"),
    "member.deleted": ("trash", "deleted the user {name}"),
    "invitation.accepted": ("check", "accepted the invitation"),
    "invitation.sent_again": ("mail", "sent {name} the invitation again"),
    "invitation.revoked": ("x", "took back the invitation of {name}"),
    "reset.requested": ("key", "asked to reset the {what} of {target}"),
    "reset.stopped": ("x", "stopped the reset of the {what} of {target}"),
    "reset.done": ("check", "had the {what} of {target} reset"),
    "profile.edited": ("user", "changed the own account"),
    "newsletters.edited": ("mail", "changed the newsletter preferences"),
    "billing.requested": ("billing", "asked customer service to open billing for {target}"),
    "billing.opened": ("billing", "opened billing for {target}"),
    "partner.edited": ("edit", "changed the company’s details"),
    "partner.created": ("plus", "created the partner {target}"),
    "organization.created": ("organization", "created the organization {target}"),
    "organization.edited": ("edit", "changed the record of {target}"),
    "consent.started": ("key", "went to {service} to authorize {purpose} for {target}"),
    "consent.refused": ("alert", "could not authorize {purpose} for {target}: {reason}"),
    "consent.unasked": ("alert", "came back from Microsoft with an answer nobody had asked for: {reason}"),
    "source_app.registered": ("key", "registered {target} with the client id {client_id}"),
    "source_app.credential_added": ("key", "added a {kind} to {target}"),
    "source_app.credential_retired": ("x", "retired a credential of {target}"),
    "consent.proved": ("check", "proved that {tenant} answers for {target}"),
    "connection.created": ("link", "connected {target} to {tenant}"),
    "connection.renewed": ("link", "authorized {target} again"),
    "connection.restore_authorized": ("restore", "authorized restores into {target}"),
    "connection.ended": ("x", "disconnected {target}"),
    "connection.access_lost": ("alert", "lost access to {target}: {reason}"),
    "connection.access_regained": ("success", "has access to {target} again"),
    "connection.permissions_missing": ("alert", "misses permissions at {target}: {missing}"),
    "discovery.requested": ("refresh", "asked to look for new accounts at {target}"),
    "discovery.completed": ("success", "looked for accounts, sites and teams at {target}: {seen} there"),
    "discovery.failed": ("alert", "could not look for accounts at {target}: {reason}"),
    "data.searched": ("search", "searched {target} for {words}"),
    "failure.excluded": ("excluded", "excluded {what} at {target} from the backup status"),
    "failure.included": ("check", "let {what} at {target} count for the backup status again"),
    "object.previewed": ("eye", "looked at {kind} of {target}: {name}"),
    "run.requested": ("play", "asked for a backup of {what} at {target}"),
    "run.cancelled": ("x", "cancelled the backup of {what} at {target}"),
    "run.started": ("play", "began to back up {what} at {target}"),
    "run.completed": (
        "success",
        "backed up {what} at {target}, {how}: {added} new, {changed} changed, {removed} removed, {failed} not saved",
    ),
    "run.failed": ("failed", "could not back up {what} at {target}: {reason}"),
    "run.stopped": ("x", "stopped the backup of {what} at {target}, as asked; {added} new objects stay"),
    "container.failed": ("failed", "could not make the first backup of {kind} of {name} at {target}: {reason}"),
    "container.gone": (
        "alert",
        "noticed that {name} at {target} has no {kind} any more; {objects} objects that were saved stay",
    ),
    "container.completed": ("success", "finished the first backup of {kind} of {name} at {target}: {objects} objects"),
    "vault.damage_found": (
        "alert",
        "found damage in the backups of {target}: {problems}; what cannot be read: {objects}. {safe} {advice}",
    ),
    "vault.damage_gone": ("success", "found the backups of {target} sound again"),
    "restore.planned": ("search", "counted what a restore of {what} to {to} at {target} would bring"),
    "restore.started": ("restore", "began to restore {what} to {to} at {target}, {objects} objects"),
    "restore.paused": ("pause", "paused the restore of {what} to {to} at {target}"),
    "restore.resumed": ("play", "went on with the restore of {what} to {to} at {target}"),
    "restore.cancelled": ("x", "stopped the restore of {what} to {to} at {target}"),
    "restore.ended": (
        "success",
        "ended the restore of {what} to {to} at {target}: {how}; {restored} restored, {skipped} there already, {failed}"
        " not restored: {reason}",
    ),
    "export.started": ("download", "began to export {what} of {target}, {objects} objects"),
    "export.cancelled": ("x", "cancelled the export of {what} of {target}"),
    "export.downloaded": ("download", "downloaded {file} ({size} bytes) from the export of {what} of {target}"),
    "item.protected": ("shield-check", "protected {name}"),
    "item.unprotected": ("shield", "stopped protecting {name}"),
    "item.selection_protected": ("shield-check", "protected {count} {kind}"),
    "item.selection_unprotected": ("shield", "stopped protecting {count} {kind}"),
    "item.auto_protected": ("shield-check", "automatically protected {count} new {kind}"),
    "item.skipped": ("shield", "leaves out {count} by the filter: {reason}"),
    "item.gone": ("alert", "noticed {count} gone from the source; what was saved stays"),
    "item.returned": ("success", "found {count} at the source again"),
    "site_address.added": ("site", "added the SharePoint address {url}"),
    "site_address.edited": ("site", "changed a SharePoint address"),
    "site_address.removed": ("site", "removed the SharePoint address {url}"),
    "site_address.checked_again": ("site", "asked to look again for the site at {url}"),
    "site_address.found": ("check", "found the site at {url}"),
    "site_address.refused": ("alert", "did not add {url}: {reason}"),
    "policy.edited": ("settings", "changed what is backed up"),
    "digest.edited": ("mail", "changed the Summary Digest settings"),
    "digest.test_sent": ("mail", "sent a test of the Summary Digest to the own address"),
}

_WORDS = {
    "PASSWORD": "password", "SECOND_FACTOR": "second factor", "ADMINISTRATOR": "Administrator",
    "ACCOUNTANT": "Accountant", "BASIC": "Basic", "ORGANIZATION_USER": "Organization user",
    "CLOUD_BACKUP": "Cloud Backup",
}  # fmt: skip


def sentence(entry: AuditEntry) -> str:
    """Return what happened, to be read after the actor's name: "created the user Dana Whitfield as Basic"."""
    _, form = SENTENCES.get(entry.action, ("info", entry.action))
    values = {key: _in_words(value) for key, value in entry.details.items()}
    values["target"] = entry.target
    return form.format_map(_Filled(values))


def icon(entry: AuditEntry) -> str:
    """Return the name of the icon that stands before the sentence."""
    return SENTENCES.get(entry.action, ("info", ""))[0]


def changes(entry: AuditEntry) -> list[str]:
    """Return "role: Basic → Accountant" for each value an edit changed."""
    return [
        f"{name.replace('_', ' ')}: {_in_words(old) or '–'} → {_in_words(new) or '–'}"
        for name, pair in entry.details.items()
        if isinstance(pair, list) and len(pair) == 2
        for old, new in [pair]
    ]


def actions_of(subject: str) -> tuple[str, ...]:
    """Return the prefixes of the actions a filter holds."""
    return next((prefixes for key, _, prefixes in SUBJECTS if key == subject), ())


class _Filled(dict):
    def __missing__(self, key: str) -> str:
        return "?"


def _in_words(value) -> str:
    if isinstance(value, list):
        return ", ".join(_in_words(part) for part in value)
    return _WORDS.get(str(value), str(value))
