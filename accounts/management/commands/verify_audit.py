"""`manage.py verify_audit`: does the audit log still say what was written?"""

from django.core.management.base import BaseCommand, CommandError

from accounts import audit
from accounts.models import AuditEntry


class Command(BaseCommand):
    help = "Checks every chain of the audit log; ends with 1 where an entry was edited, removed or reordered."

    def handle(self, **options) -> None:
        findings = 0
        for finding in audit.verify():
            findings += 1
            self.stderr.write(f"{finding.chain}: entry {finding.number} {finding.problem}.")
        if findings:
            raise CommandError(f"The audit log does not hold in {findings} place(s).")
        self.stdout.write(f"The audit log holds: {AuditEntry.objects.count()} entries checked.")
