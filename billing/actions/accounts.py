"""What changes of a partner's money happens in turn: each holds the row of its billing account."""

from accounts.models import Membership, Partner
from accounts.roles import GRANTS, Can
from billing.models import BillingAccount

_ROLES = [role for role, rights in GRANTS.items() if Can.SEE_INVOICES in rights]


def locked_account(partner_id: int) -> BillingAccount:
    """Return how a partner is billed, locked until the transaction ends.

    Raises `BillingAccount.DoesNotExist` for a partner that is not billed.
    """
    return BillingAccount.objects.select_for_update(of=("self",)).select_related("partner").get(partner_id=partner_id)


def people_billing_is_open_for(partner: Partner) -> list[Membership]:
    """Return those who may see the partner's invoices today, by name; they are also who is mailed about them."""
    staff = Membership.objects.filter(partner=partner).of_staff().usable()
    # Of hundreds of people few have such a role; whether it is open for them is asked where all rights are.
    members = staff.filter(role__in=_ROLES).select_related("user")
    return [member for member in members.order_by("list_name", "id") if member.may(Can.SEE_INVOICES)]
