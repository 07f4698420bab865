"""What one person is to one partner: a role, some products, and a reach."""

import uuid
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse

from accounts.models.partner import Partner
from accounts.models.user import User
from accounts.roles import GRANTS, NEEDS_PRODUCT, Can, Product, Role


def list_name_of(first_name: str, last_name: str) -> str:
    """Return a name as lists are sorted by it."""
    return f"{last_name} {first_name}".strip().casefold()[:170]


class MembershipQuerySet(models.QuerySet):
    def visible_to(self, membership: "Membership") -> Self:
        """Return the memberships this member may know about: the company's, or those of the own organization."""
        own = self.filter(partner_id=membership.partner_id)
        if membership.sees_every_organization:
            return own
        return own.filter(organization_id=membership.organization_id)

    def of_staff(self) -> Self:
        """Return the partner-wide memberships: the people of the company itself."""
        return self.filter(organization=None)

    def of_organization_users(self) -> Self:
        """Return the memberships whose reach is one client organization."""
        return self.exclude(organization=None)

    def usable(self) -> Self:
        """Return the memberships that open a door today: joined, of an active person and an active partner."""
        return self.filter(joined_at__isnull=False, user__is_active=True, partner__is_active=True)

    def administrators(self) -> Self:
        """Return the Administrators who can sign in today."""
        return self.of_staff().usable().filter(role=Role.ADMINISTRATOR)

    def administrators_who_may(self, permission: Can) -> Self:
        """Return the Administrators for whom `Membership.may` says yes today: role, and product where it takes one."""
        product = NEEDS_PRODUCT.get(permission)
        return self.administrators().filter(**({"products__contains": [product]} if product else {}))

    def matching(self, words: str) -> Self:
        """Return those whose name or address holds every one of ``words``, in any case."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(user__email__icontains=word)
                | Q(shown_first_name__icontains=word)
                | Q(shown_last_name__icontains=word)
            )
        return found

    def with_list_facts(self) -> Self:
        """Add what a list of people shows, in one query: names, second factor, invitation.

        Until somebody has joined, the list shows the name that was typed into the invitation and nothing of the
        person's other life: whether the address already had a user stays unknown to the inviter.
        """
        authenticators = User._meta.apps.get_model("mfa", "Authenticator")
        joined = Q(joined_at__isnull=False)
        return self.select_related("user", "invitation").annotate(
            shown_first_name=models.Case(
                models.When(joined, then="user__first_name"), default="invitation__first_name"
            ),
            shown_last_name=models.Case(models.When(joined, then="user__last_name"), default="invitation__last_name"),
            has_second_factor=models.Case(
                models.When(
                    joined,
                    then=Exists(authenticators.objects.filter(user=OuterRef("user"), type__in=["totp", "webauthn"])),
                ),
                default=False,
                output_field=models.BooleanField(),
            ),
            shown_last_sign_in=models.Case(models.When(joined, then="user__last_login")),
        )

    def counts_for_filters(self) -> dict[str, int]:
        """Return how many there are in all, per role, and still invited, in one query."""
        counts = {role: Count("pk", filter=Q(role=role)) for role in (Role.ADMINISTRATOR, Role.ACCOUNTANT, Role.BASIC)}
        return self.aggregate(ALL=Count("pk"), INVITED=Count("pk", filter=Q(joined_at=None)), **counts)


class Membership(models.Model):
    """What one person is to one partner: a role, some products, and a reach.

    Without an organization it is partner-wide and has a portal role; with one it makes an Organization user.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="memberships")
    organization = models.ForeignKey(
        "organizations.Organization", models.CASCADE, null=True, blank=True, related_name="memberships"
    )
    role = models.CharField(max_length=20, choices=Role.choices)
    products = ArrayField(models.CharField(max_length=20, choices=Product.choices), default=list, blank=True)
    # Last and first name as the company knows them, folded for sorting: a list of thousands is read by this index.
    list_name = models.CharField(max_length=170, default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # Empty until the person accepted the invitation; such a membership opens nothing.
    joined_at = models.DateTimeField(null=True, blank=True)
    billing_requested_at = models.DateTimeField(null=True, blank=True)
    billing_requested_by = models.CharField(max_length=200, blank=True)
    billing_opened_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "partner"],
                condition=Q(organization=None),
                name="accounts_one_portal_membership_per_person",
            ),
            models.UniqueConstraint(
                fields=["user", "organization"],
                condition=Q(organization__isnull=False),
                name="accounts_one_membership_per_organization",
            ),
            models.CheckConstraint(
                condition=(Q(organization=None) & Q(role__in=[Role.ADMINISTRATOR, Role.ACCOUNTANT, Role.BASIC]))
                | (Q(organization__isnull=False) & Q(role=Role.ORGANIZATION_USER)),
                name="accounts_role_fits_reach",
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "role"], name="accounts_member_partner_role"),
            models.Index(
                fields=["partner", "list_name", "id"],
                name="accounts_member_by_name",
                condition=Q(organization=None),
            ),
        ]

    def __str__(self) -> str:
        return self.user.full_name

    def get_absolute_url(self) -> str:
        return reverse("accounts:member_edit", args=[self.uuid])

    @property
    def sees_every_organization(self) -> bool:
        return self.organization_id is None

    @property
    def organization_ids(self) -> tuple[int, ...]:
        """The organization of a member who does not see every one, as `OrganizationQuerySet.visible_to` asks it."""
        return () if self.organization_id is None else (self.organization_id,)

    @property
    def is_pending(self) -> bool:
        return self.joined_at is None

    def may(self, permission: Can) -> bool:
        """Return whether role, products and openings together give ``permission``."""
        if permission not in GRANTS[self.role]:
            return False
        if permission == Can.SEE_INVOICES and self.role == Role.ACCOUNTANT and not self.billing_opened_at:
            return False
        product = NEEDS_PRODUCT.get(permission)
        # An organization user was made for exactly one product: the one that keeps the organization's data.
        return product is None or self.role == Role.ORGANIZATION_USER or product in self.products
