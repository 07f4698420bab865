"""The login: one row per person, whatever companies the person belongs to."""

import uuid
from datetime import datetime
from typing import Self
from zoneinfo import available_timezones

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless ``name`` is a zone of the time-zone database."""
    if name not in available_timezones():
        raise ValidationError("Choose a time zone from the list.")


class UserQuerySet(models.QuerySet):
    def visible_to(self, membership) -> Self:
        """Return the people who hold a membership of the same company, and the member's own row."""
        return self.filter(
            models.Exists(membership.__class__.objects.visible_to(membership).filter(user=models.OuterRef("pk")))
        ) | self.filter(pk=membership.user_id)

    def with_email(self, email: str) -> Self:
        """Return the user with this address, in whatever case it was typed."""
        return self.filter(email=email.strip().lower())


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        """Create a user; without a password nobody can sign in until an invitation is accepted."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        """Create a member of the platform's staff with all rights in Django admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who can sign in. What the person *is* to a company lives in `Membership`."""

    class Theme(models.TextChoices):
        SYSTEM = "SYSTEM", "Like my device"
        LIGHT = "LIGHT", "Light"
        DARK = "DARK", "Dark"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField("email address", max_length=254)
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    # Empty means: the company's own.
    time_zone = models.CharField(max_length=64, blank=True, validators=[validate_time_zone])
    theme = models.CharField(max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("platform staff", default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # Part of every session's fingerprint: one more, and all sessions of this person end at their next request.
    session_version = models.PositiveIntegerField(default=0, editable=False)
    wrong_codes = models.PositiveSmallIntegerField(default=0, editable=False)
    codes_locked_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["email"], name="accounts_one_user_per_address"),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="accounts_address_is_lower_case"),
        ]
        indexes = [models.Index(Lower("email"), name="accounts_user_lower_email")]

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def initials(self) -> str:
        return (self.first_name[:1] + self.last_name[:1]).upper() or self.email[:1].upper()

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.first_name

    def clean(self) -> None:
        self.email = self.email.strip().lower()

    def codes_are_locked(self, now: datetime) -> bool:
        """Return whether no second-factor code is accepted at the moment."""
        return self.codes_locked_until is not None and self.codes_locked_until > now

    def end_all_sessions(self) -> None:
        """Make every session of this person end at its next request."""
        self.session_version = models.F("session_version") + 1
        self.save(update_fields=["session_version"])
        self.refresh_from_db(fields=["session_version"])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Django compares this fingerprint at each request; the version makes it revocable without a new password.
        return salted_hmac(
            "accounts.models.user.session",
            f"{self.password}:{self.session_version}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()
