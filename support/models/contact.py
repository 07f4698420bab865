"""Whom a partner may call or write to, by function."""

from typing import Self

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When

from accounts.models import Membership, Partner
from accounts.models.user import validate_time_zone


class ContactQuerySet(models.QuerySet):
    def visible_to(self, membership: Membership) -> Self:
        """Return the company's contacts: its own, and for the other functions those of all partners."""
        if not membership.sees_every_organization:
            return self.none()
        own = Contact.objects.filter(partner_id=membership.partner_id, function=OuterRef("function"))
        return self.filter(Q(partner_id=membership.partner_id) | Q(partner=None) & ~Exists(own))

    def by_function(self) -> Self:
        """Order them as people know the functions."""
        places = (When(function=code, then=Value(place)) for place, code in enumerate(Contact.Function.values))
        return self.order_by(Case(*places, output_field=models.PositiveSmallIntegerField()), "id")


class Contact(models.Model):
    """A person or a desk of the platform. Without a partner it is everybody's who has no own one for the function."""

    class Function(models.TextChoices):
        ACCOUNT_MANAGER = "ACCOUNT_MANAGER", "Account Manager"
        PARTNER_SUCCESS = "PARTNER_SUCCESS", "Partner Success Manager"
        SUPPORT = "SUPPORT", "Support"
        CUSTOMER_SERVICE = "CUSTOMER_SERVICE", "Customer Service"
        BILLING = "BILLING", "Billing"

    partner = models.ForeignKey(
        Partner, models.CASCADE, null=True, blank=True, related_name="contacts", help_text="Empty: for all partners."
    )
    function = models.CharField(max_length=20, choices=Function.choices)
    name = models.CharField(max_length=120)
    email = models.EmailField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    hours = models.CharField(max_length=120, blank=True, help_text="Such as: Monday to Friday, 09:00 to 17:30")
    time_zone = models.CharField(
        max_length=64, default="UTC", validators=[validate_time_zone], help_text="The zone of the hours."
    )

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "function"],
                nulls_distinct=False,
                name="support_one_contact_per_function",
                violation_error_message="There is a contact for this function already. Change that one.",
            ),
            models.CheckConstraint(
                condition=~Q(email="", phone=""),
                name="support_contacts_can_be_reached",
                violation_error_message="Enter an email address or a phone number.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_function_display()}: {self.name}"
