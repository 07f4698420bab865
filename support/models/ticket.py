"""What a partner asked support."""

from datetime import datetime, timedelta
from typing import Self
from uuid import uuid4

from django.apps import apps
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import TruncWeek
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Partner, User
from accounts.roles import Product, Role
from accounts.scoping import PartnerQuerySet
from organizations.models import Organization
from support.models.medians import Median
from support.models.numbers import row_number


class Topic(models.TextChoices):
    """What a ticket is about: a product, or the portal's own business."""

    CLOUD_BACKUP = Product.CLOUD_BACKUP.value, Product.CLOUD_BACKUP.label
    PORTAL = "PORTAL", "Partner portal"
    BILLING = "BILLING", "Billing"


class Priority(models.TextChoices):
    LOW = "LOW", "Low"
    NORMAL = "NORMAL", "Normal"
    HIGH = "HIGH", "High"
    URGENT = "URGENT", "Urgent"


class State(models.TextChoices):
    OPEN = "OPEN", "Open"
    WAITING_FOR_PARTNER = "WAITING_FOR_PARTNER", "Waiting for partner"
    WAITING_FOR_SUPPORT = "WAITING_FOR_SUPPORT", "Waiting for support"
    SOLVED = "SOLVED", "Solved"
    CLOSED = "CLOSED", "Closed"


ENDED = (State.SOLVED, State.CLOSED)
PRIORITY_RANK = Case(
    *(When(priority=code, then=Value(rank)) for rank, code in enumerate(Priority.values)),
    output_field=models.PositiveSmallIntegerField(),
)


class TicketQuerySet(PartnerQuerySet):
    def unsettled(self) -> Self:
        """Return the tickets that wait for somebody."""
        return self.filter(ended_at=None)

    def concerning(self, user: User) -> Self:
        """Return the tickets this person asked or watches."""
        watched = apps.get_model("support", "Watcher").objects.filter(ticket=OuterRef("pk"), user=user)
        return self.filter(Q(requester=user) | Exists(watched))

    def waiting_for_partner_first(self) -> Self:
        """Order them so that those come first in which support waits for an answer, the newest word before others."""
        is_ours = Case(When(state=State.WAITING_FOR_PARTNER, then=Value(0)), default=Value(1))
        return self.order_by(is_ours, "-last_word_at", "-id")

    def matching(self, words: str) -> Self:
        """Return the tickets with this number, or with every one of ``words`` in their subject or what was said.

        Internal notes are not searched: a partner must not learn from a search what is in them.
        """
        number = row_number(words.strip().removeprefix("#"))
        if number is not None:
            return self.filter(pk=number)
        # Named, not imported: it stands above this table.
        messages = apps.get_model("support", "Message").objects.exclude(kind="NOTE")
        found = self
        for word in words.split():
            said = messages.filter(ticket=OuterRef("pk"), body__icontains=word)
            found = found.filter(Q(subject__icontains=word) | Exists(said))
        return found

    def counts_for_filters(self, user: User) -> dict[str, int]:
        """Return how many there are in each of the list's filters, in one query."""
        return self.aggregate(
            OPEN=Count("pk", filter=Q(ended_at=None)),
            YOURS=Count("pk", filter=Q(state=State.WAITING_FOR_PARTNER)),
            MINE=Count("pk", filter=Q(ended_at=None, requester=user)),
            ENDED=Count("pk", filter=Q(ended_at__isnull=False)),
            ALL=Count("pk"),
        )

    def median_first_answer(self, *, since: datetime) -> timedelta | None:
        """Return how long half of the tickets asked since then waited for their first answer, at most."""
        answered = self.filter(created_at__gte=since, first_answered_at__isnull=False)
        return answered.aggregate(median=Median(F("first_answered_at") - F("created_at")))["median"]

    def answers_by_week(self, *, since: datetime) -> QuerySet:
        """Return a dict for each week in which tickets were asked since then, newest first: its Monday (``week``) in
        the present time zone, how many were ``asked``, ``answered`` and ``settled``, and the medians of their
        ``first_answer`` and ``resolution``.
        """
        weeks = self.filter(created_at__gte=since).annotate(
            week=TruncWeek("created_at", tzinfo=timezone.get_current_timezone())
        )
        return (
            weeks.values("week")
            .annotate(
                asked=Count("pk"),
                answered=Count("first_answered_at"),
                settled=Count("ended_at"),
                first_answer=Median(F("first_answered_at") - F("created_at")),
                resolution=Median(F("ended_at") - F("created_at")),
            )
            .order_by("-week")
        )


class Ticket(models.Model):
    """A question with its answers. People call it by its number; addresses use the uuid."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="tickets")
    organization = models.ForeignKey(Organization, models.SET_NULL, null=True, blank=True, related_name="tickets")
    subject = models.CharField(max_length=200)
    topic = models.CharField(max_length=20, choices=Topic.choices)
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.NORMAL)
    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    requester = models.ForeignKey(User, models.PROTECT, related_name="tickets")
    # As they were when it was asked: support has to see who asked and with which rights, also years later.
    requester_name = models.CharField(max_length=170)
    requester_role = models.CharField(max_length=20, choices=Role.choices)
    assignee = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="assigned_tickets")
    created_at = models.DateTimeField()
    last_word_at = models.DateTimeField()
    first_answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # What the form carried: the same form sent twice makes one ticket.
    submission = models.UUIDField(default=uuid4, editable=False)

    objects = TicketQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["requester", "submission"], name="support_one_ticket_per_form"),
            models.CheckConstraint(
                condition=Q(state__in=ENDED, ended_at__isnull=False) | (~Q(state__in=ENDED) & Q(ended_at=None)),
                name="support_ended_tickets_say_when",
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-last_word_at", "-id"], name="support_newest_words"),
            models.Index(fields=["partner", "state"], name="support_ticket_states"),
        ]

    def __str__(self) -> str:
        return f"case #{self.number}, {self.subject}"

    def get_absolute_url(self) -> str:
        return reverse("support:ticket_detail", args=[self.uuid])

    @property
    def number(self) -> int:
        """What people call the ticket: "Case #4182"."""
        return self.pk

    @property
    def is_ended(self) -> bool:
        return self.ended_at is not None

    def may_be_closed_by(self, membership: Membership, *, may_close_all: bool) -> bool:
        """Return whether the member may close it: whoever asked may, others with the right to all tickets."""
        return not self.is_ended and (may_close_all or self.requester_id == membership.user_id)

    def enter(self, state: str, *, at: datetime) -> None:
        """Change the state and when it ended; saves nothing."""
        if state in ENDED:
            self.ended_at = self.ended_at or at
        else:
            self.ended_at = None
        self.state = state
