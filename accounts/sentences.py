"""What an audit entry says in words. One table: an action without a sentence fails a test."""

from accounts.models import AuditEntry

# (key, label for the filter, prefixes of the actions it holds)
SUBJECTS = (
    ("sign-ins", "Signing in and out", ("sign_in.", "sessions.", "second_factor.", "recovery_codes.", "password.")),
    ("users", "Users and invitations", ("member.", "invitation.", "reset.", "profile.", "newsletters.")),
    ("billing", "Billing", ("billing.", "invoice.", "payment.", "card.")),
    ("company", "Company details", ("partner.",)),
    ("keys", "API keys", ("api_key.",)),
    ("support", "Support and contacts", ("ticket.", "contact.", "canned_answer.")),
    ("training", "Training", ("course.", "training.", "certificate.")),
    ("organizations", "Client organizations", ("organization.",)),
    ("connections", "Connections and consent", ("connection.", "consent.", "discovery.", "source_app.")),
    ("protection", "What is protected", ("item.", "site_address.", "policy.")),
    ("life-of-data", "Deletion, holds and retention", ("deletion.", "legal_hold.", "retention.")),
    ("backups", "Backups", ("run.", "container.", "vault.", "failure.", "report.")),
    ("restores", "Restores", ("restore.",)),
    ("exports", "Exports", ("export.", "log.")),
    ("looking", "Searching and looking", ("data.", "object.")),
    ("notifications", "Notifications", ("digest.", "alerts.", "alert_rule.", "incident.", "news.")),
    ("webhooks", "Webhooks", ("webhook.",)),
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
    "alerts.edited": ("alert", "changed whether to be mailed about trouble with backups: {alerts}"),
    "billing.requested": ("billing", "asked customer service to open billing for {target}"),
    "billing.opened": ("billing", "opened billing for {target}"),
    "billing.statement_emailed": ("mail", "emailed the statement of {day} to {to}"),
    "payment.started": ("card-pay", "went to Stripe to make a {target}"),
    "payment.received": ("check", "paid: {target} arrived"),
    "payment.recorded": ("billing", "wrote down that a {target} arrived"),
    "payment.failed": ("alert", "told of a {target} that does not add up"),
    "payment.returned": ("minus", "took {amount} of a {target} back: {reason}"),
    "payment.deposit_used": ("billing", "let {amount} of deposits and credit pay open invoices"),
    "payment.disputed": ("alert", "told that a bank claims a {target} back, {status}"),
    "card.proposed": ("card-pay", "made {card} the default card"),
    "card.removed": ("trash", "removed {card}"),
    "billing.account_set": ("billing", "set how {target} is billed"),
    "billing.plan_created": ("plus", "made the plan {target}"),
    "billing.plan_offered": ("check", "offered the plan {target} again"),
    "billing.plan_withdrawn": ("x", "stopped offering the plan {target}"),
    "billing.subscribed": ("plus", "put the company on the plan {plan} from {starts_on} on"),
    "billing.subscription_ended": ("x", "ended the plan {plan} with {ends_on}"),
    "invoice.drafted": ("report", "drafted the invoice of {partner} for {month}, {total}"),
    "invoice.drafted_anew": ("refresh", "drafted the invoice of {partner} for {month} anew, {total}"),
    "invoice.issued": ("billing", "issued {target} over {total}, due {due}"),
    "invoice.credited": ("billing", "issued {target} over {total} for invoice {invoice}: {reason}"),
    "invoice.emailed": ("mail", "emailed {target} to {to}"),
    "partner.edited": ("edit", "changed the company’s details"),
    "partner.created": ("plus", "created the partner {target}"),
    "api_key.created": ("key", "made the API key {target}, {handle}…, for {scopes} at {reach}, valid until {until}"),
    "api_key.first_used": ("key", "was used for the first time, from {address}"),
    "api_key.revoked": ("x", "revoked the API key {target}, {handle}…"),
    "ticket.created": ("support", "opened {target}"),
    "ticket.commented": ("chat", "commented on {target}{how}"),
    "ticket.answered": ("chat", "answered {target}"),
    "ticket.noted": ("edit", "wrote an internal note on {target}"),
    "ticket.state_changed": ("support", "set {target} to {state}"),
    "ticket.priority_changed": ("support", "set the priority of {target} to {priority}"),
    "ticket.assigned": ("user", "gave {target} to {person}"),
    "ticket.watcher_added": ("plus", "added {person} to {target}"),
    "ticket.watcher_removed": ("x", "took {person} off {target}"),
    "news.created": ("mail", "wrote the news “{target}”"),
    "news.edited": ("edit", "changed the news “{target}”"),
    "news.withdrawn": ("x", "withdrew the news “{target}”"),
    "news.shown_again": ("check", "showed the news “{target}” again"),
    "canned_answer.created": ("edit", "wrote the canned answer “{target}”"),
    "canned_answer.edited": ("edit", "changed the canned answer “{target}”"),
    "canned_answer.deleted": ("trash", "removed the canned answer “{title}”"),
    "course.created": ("training", "wrote the course “{target}”"),
    "course.edited": ("edit", "changed the course “{target}”"),
    "course.published": ("training", "published the course “{target}”, version {version}"),
    "course.renewed": ("refresh", "put in the course “{target}” as this release has it, version {version}"),
    "course.withdrawn": ("x", "withdrew the course “{target}”"),
    "training.passed": ("certificate", "passed “{target}” with {right} of {asked} questions"),
    "training.failed": ("training", "did not pass “{target}”: {right} of {asked} questions were right"),
    "certificate.withdrawn": ("x", "withdrew the certificate {target} of {name} for “{course}”: {reason}"),
    "contact.created": ("contacts", "set the contact {target} for {reach}"),
    "contact.edited": ("contacts", "changed the contact {target} for {reach}"),
    "contact.deleted": ("trash", "removed the contact {name} for {reach}"),
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
    "report.generated": ("report", "took the backup report of {target}: {status}, {accounts} accounts"),
    "run.overdue": ("alert", "noticed that {target} has had no good backup since {since}"),
    "run.good_again": ("success", "noticed that {target} has a good backup again, the first since {since}"),
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
    "log.exported": ("download", "took {entries} entries of the audit log of {target} along as {format}"),
    "export.started": ("download", "began to export {what} of {target}, {objects} objects"),
    "export.cancelled": ("x", "cancelled the export of {what} of {target}"),
    "export.downloaded": ("download", "downloaded {file} ({size} bytes) from the export of {what} of {target}"),
    "item.report_downloaded": ("download", "downloaded the accounts report of {target}: {kinds}, {format}"),
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
    "deletion.requested": ("trash", "asked to delete for good what is backed up of {what} at {target}: {reason}"),
    "deletion.authorized": (
        "check",
        "authorized to delete what is backed up of {what} at {target}, held to {until}",
    ),
    "deletion.declined": ("x", "declined to delete what is backed up of {what} at {target}: {reason}"),
    "deletion.cancelled": ("x", "cancelled the deletion of what is backed up of {what} at {target}: {reason}"),
    "deletion.postponed": (
        "clock",
        "held the deletion of what is backed up of {what} at {target} longer, until {until}: the warning came late",
    ),
    "deletion.began": ("trash", "began to delete what is backed up of {what} at {target}"),
    "deletion.stuck": (
        "alert",
        "could not delete some of what is backed up of {what} at {target} and goes on trying: {reason}",
    ),
    "deletion.done": (
        "certificate",
        "deleted for good what was backed up of {what} at {target}: {objects} stored objects in {versions} versions",
    ),
    "legal_hold.placed": ("lock", "put {what} at {target} on legal hold: {reason}"),
    "legal_hold.lifted": ("key", "lifted the legal hold of {what} at {target}: {reason}"),
    "retention.edited": ("clock", "changed how long older versions of {target} are kept, applied {when}"),
    "retention.taken_back": ("x", "took back the change of how long older versions of {target} are kept"),
    "retention.purged": (
        "trash",
        "removed older versions of {target} by its rule, {rule}: {versions} versions with {bytes} bytes",
    ),
    "retention.frozen": ("pause", "stopped removing older versions of {target}: {reason}"),
    "retention.resumed": ("play", "let older versions of {target} be removed again"),
    "policy.edited": ("settings", "changed what is backed up"),
    "digest.edited": ("mail", "changed the Summary Digest settings"),
    "digest.test_sent": ("mail", "sent a test of the Summary Digest to the own address"),
    "digest.sent": ("mail", "sent the Summary Digest of {day} to {email}"),
    "digest.failed": ("alert", "could not send the Summary Digest of {day} to {email}"),
    "digest.missed": ("alert", "did not send {what}: {why}"),
    "alert_rule.created": ("bell", "created the alert rule {target}"),
    "alert_rule.edited": ("bell", "changed the alert rule {target}"),
    "alert_rule.deleted": ("trash", "deleted the alert rule {target}"),
    "incident.opened": ("alert", "noticed trouble with {target}: {what}"),
    "incident.recovered": ("success", "noticed that trouble with {target} is over: {what}"),
    "incident.acknowledged": ("check", "acknowledged the incident “{what}” at {target}"),
    "incident.muted": ("bell", "muted the incident “{what}” at {target} {how_long}"),
    "incident.unmuted": ("bell", "lets the incident “{what}” at {target} be told again"),
    "webhook.created": ("link", "created the webhook {target} to {url}"),
    "webhook.edited": ("link", "changed the webhook {target}"),
    "webhook.deleted": ("trash", "deleted the webhook {target}"),
    "webhook.secret_changed": ("key", "made a new secret for the webhook {target}"),
    "webhook.switched_off": ("alert", "switched the webhook {target} off: {reason}"),
    "webhook.test_sent": ("link", "sent a test event to the webhook {target}"),
    "webhook.sent_again": ("refresh", "sent {event} to the webhook {target} again"),
    "digest.in_doubt": ("alert", "does not know whether the Summary Digest of {day} reached {email}"),
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
    """Return the actions a filter holds; none for what is no filter."""
    prefixes = next((prefixes for key, _, prefixes in SUBJECTS if key == subject), ())
    return tuple(action for action in SENTENCES if action.startswith(prefixes))


class _Filled(dict):
    def __missing__(self, key: str) -> str:
        return "?"


def _in_words(value) -> str:
    if isinstance(value, list):
        return ", ".join(_in_words(part) for part in value)
    return _WORDS.get(str(value), str(value))
