"""The people of a client as its pages find and show them."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.access import PartnerRequest
from accounts.models import Membership
from accounts.models.membership import MembershipQuerySet
from accounts.views.member_rows import Row, as_row
from organizations.models import Organization


def people_of(request: PartnerRequest, organization: Organization) -> MembershipQuerySet:
    """Return the organization's people, with what a list of people shows."""
    visible = Membership.objects.visible_to(request.membership)
    return visible.filter(organization=organization).with_list_facts()


def person_of(request: PartnerRequest, organization: Organization, member_uuid: UUID) -> Membership:
    """Return one of the organization's people, or answer 404 like for somebody who never existed."""
    people = people_of(request, organization).select_related("partner", "organization").defer("partner__logo")
    return get_object_or_404(people, uuid=member_uuid)


def reach_of(request: PartnerRequest) -> MembershipQuerySet:
    """Return whom the viewer may rename or reset: colleagues, or for partner staff the users of all clients.

    A person who is also one of the partner's own people is looked after on the partner's Users tab, by Administrators.
    """
    return Membership.objects.visible_to(request.membership).of_organization_users()


def row_of(request: PartnerRequest, organization: Organization, member: Membership, now: datetime) -> Row:
    """Return what a page prints of one person, with the person's address inside the organization."""
    url = reverse("organizations:organization_user_edit", args=[organization.uuid, member.uuid])
    return replace(as_row(member, viewer=request.user, now=now), url=url)
