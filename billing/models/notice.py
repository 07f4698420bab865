"""Which overdue invoices a partner was told of."""

from django.db import models

from accounts.scoping import PartnerQuerySet
from billing.models.invoice import Invoice


class OverdueNoticeQuerySet(PartnerQuerySet):
    partner_path = "invoice__partner"


class OverdueNotice(models.Model):
    """An invoice is overdue once; whoever may see it was mailed at that time."""

    invoice = models.OneToOneField(Invoice, models.PROTECT, related_name="overdue_notice")
    sent_at = models.DateTimeField()

    objects = OverdueNoticeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"notice of {self.invoice_id}"
