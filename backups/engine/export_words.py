"""What stands in the README of every volume."""

from backups.models import Export

_TEXT = """\
{organization}: {what}

This archive was written by {by} with Portico on {when} UTC. It shows the backup {as_of}.
It is volume {number}. Unpack all volumes into the same folder: they fill one tree. The lists below are in every
volume and speak of this volume only, so unpack each volume's lists into a folder of its own if you keep them.

Folders   <account>/<Mail, Calendar, Contacts, OneDrive, SharePoint, Teams>/<folders as they were>
Mail      {mail}
Events    .ics files, a whole series with its exceptions in one; attachments lie beside them
Contacts  .vcf files (vCard 4.0), with the photo inside
Files     exactly the bytes that were saved
Lists     one .csv a list; a value that begins like a formula has an apostrophe before it
Pages     .html files with the text of the page
Teams     one Transcript.html a channel, with the pictures beside it; what has no form of its own is .json

manifest.csv and manifest.jsonl name every object of this volume: where it lies, whose it is, the provider's id, the
commit of the backup it comes from, its size and SHA-256 as written here, and the SHA-256 of what the backup keeps.
Where the last column says something, the object could not be given out, and it says why.

Names were changed where they could not stand on every computer. Eight characters in square brackets tell objects of
the same name apart. What is in here is not encrypted any more: keep it where nobody else reads it.
"""
_MAIL = {
    Export.MailFormat.EML: ".eml files, byte for byte as the mailbox had them",
    Export.MailFormat.MBOX: "one .mbox file a folder (RFC 4155, lines that begin with From are quoted as in mboxrd)",
}


def readme(export: Export, number: int) -> str:
    """Return the README of one volume."""
    return _TEXT.format(
        organization=export.organization.name,
        what=export.what,
        by=export.requested_by,
        when=f"{export.requested_at:%Y-%m-%d %H:%M}",
        as_of=f"as of {export.as_of:%Y-%m-%d %H:%M} UTC" if export.as_of else "as it was at that moment",
        number=number,
        mail=_MAIL[Export.MailFormat(export.mail_format)],
    )
