"""What somebody has who passed a quiz: the paper, kept word for word."""

import secrets
import uuid
from datetime import date, datetime, timedelta, timezone
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import Membership, Partner
from accounts.roles import Can
from training.models.attempt import Attempt
from training.models.course import Course

# So long before its end a certificate is due again, and the person is told.
NOTICE = timedelta(days=30)
_LAST_ZONE = timezone(timedelta(hours=-12))
# Without letters and digits that are mistaken for each other when somebody reads a number out.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def day_everywhere(now: datetime) -> date:
    """Return the day that has begun everywhere on earth, also where it begins last."""
    return now.astimezone(_LAST_ZONE).date()


def new_number() -> str:
    """Return the number of a certificate, to be read out, such as ``7KQ2-M9XD-4TPA``."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
    return "-".join(groups)


def new_token() -> str:
    """Return the unguessable part of a verification link: 192 bits."""
    return secrets.token_urlsafe(24)


class CertificateQuerySet(models.QuerySet):
    def visible_to(self, membership: Membership) -> Self:
        """Return the member's own certificates of this company; to whoever manages its people, all of the company's."""
        if not membership.sees_every_organization:
            return self.none()
        of_company = self.filter(partner_id=membership.partner_id)
        if membership.may(Can.MANAGE_MEMBERS):
            return of_company
        return of_company.filter(user_id=membership.user_id)

    def good(self) -> Self:
        """Return those that were not withdrawn; they may have run out."""
        return self.filter(withdrawn_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-valid_until", "-id")


class Certificate(models.Model):
    """Nothing that the paper says ever changes (a trigger in the database sees to that), also when the person's name
    does, or when the person leaves. What may be added: that it was withdrawn, and that the person was told of its end.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=14, unique=True, default=new_number, editable=False)
    token = models.CharField(max_length=32, unique=True, default=new_token, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+")
    course = models.ForeignKey(Course, models.PROTECT, related_name="certificates")
    attempt = models.OneToOneField(Attempt, models.SET_NULL, null=True, related_name="certificate")
    person_name = models.CharField(max_length=170)
    partner_name = models.CharField(max_length=120)
    course_title = models.CharField(max_length=80)
    right = models.PositiveSmallIntegerField()
    asked = models.PositiveSmallIntegerField()
    issued_at = models.DateTimeField()
    # Days of the calendar where the person was: the paper means the same everywhere.
    issued_on = models.DateField()
    valid_until = models.DateField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)
    # When it was settled whether the person is told that it is due again.
    due_told_at = models.DateTimeField(null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gt=models.F("issued_on")), name="training_certificate_ends_after_it_began"
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "user", "course", "-valid_until"], name="training_newest_certificate"),
            models.Index(
                fields=["valid_until", "id"],
                condition=Q(due_told_at=None, withdrawn_at=None),
                name="training_to_be_told",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("training:certificate_detail", args=[self.uuid])

    @property
    def percent(self) -> int:
        return self.right * 100 // self.asked

    @property
    def due_from(self) -> date:
        """The day from which on the course is due again, while the certificate still holds."""
        return self.valid_until - NOTICE

    @property
    def verify_url(self) -> str:
        """The public page that says whether this certificate is valid, as it stands on the paper."""
        return settings.BASE_URL + reverse("training:certificate_verify", args=[self.token])

    def is_valid(self, today: date) -> bool:
        """Return whether it holds on this day; its last day is ``valid_until``."""
        return self.withdrawn_at is None and today <= self.valid_until
