"""The Users tab."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, partner_page
from accounts.actions.members import create_member, delete_member, edit_member, open_billing, request_billing
from accounts.actions.memberships import MemberGone, MemberProblem
from accounts.actions.resets import ResetRefused, request_reset
from accounts.forms.members import PRODUCT_NOTES, MemberCreateForm, MemberForm, ResetForm
from accounts.htmx import wants_part
from accounts.models import Membership
from accounts.roles import PORTAL_ROLES, ROLE_CARDS, Can, Product, Role
from accounts.views.member_rows import as_row, reset_in_words

PAGE_SIZE = 25
SORTS = {
    "name": ("list_name", "id"),
    "role": ("role", "list_name", "id"),
    "last_sign_in": ("shown_last_sign_in", "id"),
}
FILTERS = {"ALL": "All", Role.ADMINISTRATOR: "Administrator", Role.ACCOUNTANT: "Accountant", Role.BASIC: "Basic"}


def _staff(request: PartnerRequest):
    return Membership.objects.visible_to(request.membership).of_staff()


def _member(request: PartnerRequest, member_uuid: UUID) -> Membership:
    return get_object_or_404(_staff(request).with_list_facts().select_related("partner"), uuid=member_uuid)


@partner_page(Can.MANAGE_MEMBERS)
def member_list(request: PartnerRequest) -> HttpResponse:
    """List the company's people: searched, filtered, sorted, a page at a time; a fixed number of queries."""
    words, chosen = request.GET.get("q", "").strip()[:100], request.GET.get("show", "ALL")
    sort = request.GET.get("sort", "name")
    key, descending = sort.lstrip("-"), sort.startswith("-")
    counts = _staff(request).counts_for_filters()
    people = _staff(request).with_list_facts().matching(words)
    if chosen in PORTAL_ROLES:
        people = people.filter(role=chosen)
    elif chosen == "INVITED":
        people = people.filter(joined_at=None)
    order = SORTS.get(key, SORTS["name"])
    people = people.order_by(*order)
    pages = Paginator(people.reverse() if descending else people, PAGE_SIZE)
    if not words:
        # The filter's own number is the same count; asking twice would double the cost of a long list.
        pages.count = counts.get(chosen, counts["ALL"])
    page = pages.get_page(request.GET.get("page"))
    now = timezone.now()
    return render(
        request,
        "accounts/_member_table.html" if wants_part(request) else "accounts/member_list.html",
        {
            "rows": [as_row(member, viewer=request.user, now=now) for member in page],
            "page_obj": page,
            "words": words,
            "chosen": chosen,
            "sort": sort,
            "filters": [(code, label, counts[code]) for code, label in [*FILTERS.items(), ("INVITED", "Invited")]],
            "partner": request.membership.partner,
            "lacks_second_administrator": counts[Role.ADMINISTRATOR] < 2,
        },
    )


@partner_page(Can.MANAGE_MEMBERS)
def member_create(request: PartnerRequest) -> HttpResponse:
    """Create a person's account and send the invitation."""
    form = MemberCreateForm(request.POST if request.method == "POST" else None, membership=request.membership)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            member = create_member(
                partner=values["organization"],
                first_name=values["first_name"],
                last_name=values["last_name"],
                email=values["email"],
                role=values["role"],
                products=values["products"],
                actor=request.user,
                now=timezone.now(),
            )
        except MemberProblem as problem:
            form.add_error("email", str(problem))
        else:
            messages.success(
                request,
                f"The account of {member.invitation.first_name} {member.invitation.last_name} is created, "
                f"and the invitation is on its way to {values['email']}.",
            )
            return redirect("accounts:member_list")
    return render(
        request, "accounts/member_create.html", _form_context(request, form), status=422 if form.errors else 200
    )


@partner_page(Can.MANAGE_MEMBERS)
def member_edit(request: PartnerRequest, member_uuid: UUID) -> HttpResponse:
    """Show one person, change name, role and products."""
    member = _member(request, member_uuid)
    initial = {
        "first_name": member.shown_first_name,
        "last_name": member.shown_last_name,
        "role": member.role,
        "products": member.products,
    }
    form = MemberForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            edit_member(membership=member, actor=request.user, now=timezone.now(), **values)
        except MemberProblem as problem:
            form.add_error("role", str(problem))
        else:
            messages.success(request, f"{values['first_name']} {values['last_name']} is saved.")
            return redirect("accounts:member_edit", member_uuid)
    context = _form_context(request, form) | {
        "member": member,
        "row": as_row(member, viewer=request.user, now=timezone.now()),
        "resets": list(member.reset_requests.waiting()),
        "may_open_billing": _partner_opens_billing(),
    }
    return render(request, "accounts/member_edit.html", context, status=422 if form.errors else 200)


@partner_page(Can.MANAGE_MEMBERS)
def member_delete(request: PartnerRequest, member_uuid: UUID) -> HttpResponse:
    """Ask, then delete."""
    member = _member(request, member_uuid)
    if request.method == "POST":
        try:
            delete_member(membership=member, actor=request.user, now=timezone.now())
        except MemberGone as problem:
            messages.info(request, str(problem))
            return redirect("accounts:member_list")
        except MemberProblem as problem:
            messages.error(request, str(problem))
            return redirect("accounts:member_edit", member_uuid)
        messages.success(request, f"The account of {member.shown_first_name} {member.shown_last_name} is deleted.")
        return redirect("accounts:member_list")
    row = as_row(member, viewer=request.user, now=timezone.now())
    return render(request, "accounts/member_delete.html", {"member": member, "row": row})


@partner_page(Can.MANAGE_MEMBERS)
def member_reset(request: PartnerRequest, member_uuid: UUID, what: str) -> HttpResponse:
    """Ask for the reason, then reset somebody's password or second factor."""
    member = _member(request, member_uuid)
    form = ResetForm(request.POST if request.method == "POST" else None, what=what)
    if request.method == "POST" and form.is_valid():
        try:
            reset = request_reset(
                membership=member,
                what=form.what,
                reason=form.cleaned_data["reason"],
                actor=request.user,
                now=timezone.now(),
            )
        except ResetRefused as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, reset_in_words(reset, f"{member.shown_first_name} {member.shown_last_name}"))
        return redirect("accounts:member_edit", member_uuid)
    row = as_row(member, viewer=request.user, now=timezone.now())
    context = {"form": form, "member": member, "row": row, "what": form.what}
    return render(request, "accounts/member_reset.html", context, status=422 if form.errors else 200)


@partner_page(Can.MANAGE_MEMBERS)
@require_POST
def billing_request(request: PartnerRequest, member_uuid: UUID) -> HttpResponse:
    """Ask customer service to open billing for an Accountant."""
    request_billing(membership=_member(request, member_uuid), actor=request.user, now=timezone.now())
    messages.success(request, "Customer service is asked to open billing. The state is shown below.")
    return redirect("accounts:member_edit", member_uuid)


@partner_page(Can.MANAGE_MEMBERS)
@require_POST
def billing_open(request: PartnerRequest, member_uuid: UUID) -> HttpResponse:
    """Open billing at once, where the installation lets a partner's own Administrators do so."""
    if not _partner_opens_billing():
        raise Http404
    open_billing(membership=_member(request, member_uuid), actor=request.user, now=timezone.now())
    messages.success(request, "Billing is open for this person.")
    return redirect("accounts:member_edit", member_uuid)


def _partner_opens_billing() -> bool:
    return settings.BILLING_OPENED_BY == "partner"


def _form_context(request: PartnerRequest, form) -> dict:
    chosen_role, chosen_products = form["role"].value(), set(form["products"].value() or [])
    return {
        "form": form,
        "partner": request.membership.partner,
        "products": [
            {"code": p.value, "label": p.label, "note": PRODUCT_NOTES[p], "is_chosen": p.value in chosen_products}
            for p in Product
        ],
        "roles": [
            {"code": r.value, "label": r.label, "is_chosen": r.value == chosen_role, **ROLE_CARDS[r]}
            for r in PORTAL_ROLES
        ],
    }
