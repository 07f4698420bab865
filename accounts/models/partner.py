"""The company that uses the portal: the outer tenant."""

import re
import uuid
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models

from accounts.models.user import validate_time_zone

HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def validate_colour(value: str) -> None:
    """Raise ValidationError unless ``value`` is a plain hex colour: it is written into a stylesheet."""
    if not HEX_COLOUR.fullmatch(value):
        raise ValidationError("Enter a colour such as #1f6f8b: a # and six digits from 0 to 9 and a to f.")


class PartnersQuerySet(models.QuerySet):
    def visible_to(self, membership) -> Self:
        """Return the member's own company: its people see it, and so do its clients' people."""
        return self.filter(pk=membership.partner_id)


class Partner(models.Model):
    """An MSP. Its staff hold partner-wide memberships; its clients are organizations."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=80, blank=True)
    # ISO 3166-1 alpha-2
    country = models.CharField(max_length=2, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    # A PNG, decoded and written anew by us. In the database, because it is small and every web server needs it.
    logo = models.BinaryField(blank=True, default=b"", editable=False)
    # Empty without a logo; every page asks this and only the logo's own address reads the picture.
    logo_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Empty means: the portal's own.
    accent_colour = models.CharField(max_length=7, blank=True, validators=[validate_colour])
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PartnersQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
