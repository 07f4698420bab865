"""SharePoint addresses: sites somebody asked to protect by naming them."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import PartnerRequest, organization_page
from accounts.htmx import wants_part
from accounts.roles import Can
from organizations.actions.site_addresses import (
    AddressesKnown,
    add_site_addresses,
    check_again,
    edit_site_address,
    remove_site_address,
)
from organizations.forms.site_addresses import SiteAddressesForm, SiteAddressForm
from organizations.models import Organization, SiteAddress
from organizations.views.discovery import connection_of
from organizations.views.figure_words import counted
from organizations.views.inside import organization_of, render_inside
from organizations.views.site_address_rows import as_row

PAGE_SIZE = 50


@organization_page(Can.EDIT_SITE_ADDRESSES)
def site_address_list(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """List the addresses with what became of them, and take new ones."""
    organization = organization_of(request, organization_uuid)
    connection = connection_of(request, organization)
    form = None
    if connection is not None and connection.sharepoint_host:
        form = SiteAddressesForm(request.POST if request.method == "POST" else None, connection=connection)
    if request.method == "POST":
        if form is None:
            messages.error(request, "Its SharePoint is not known yet. Nothing was added. Look for new accounts first.")
            return redirect("organizations:site_address_list", organization.uuid)
        if form.is_valid() and _add(request, form):
            return redirect("organizations:site_address_list", organization.uuid)
    addresses = _addresses(request, organization).select_related("connection", "item").order_by("-added_at", "-id")
    page, now = Paginator(addresses, PAGE_SIZE).get_page(request.GET.get("page")), timezone.now()
    rows = [as_row(address, now=now) for address in page]
    is_part = wants_part(request)
    context = {
        "connection": connection,
        "form": form,
        "rows": rows,
        "page_obj": page,
        "is_checking": any(row.is_checking for row in rows),
        "has_asked": is_part,
    }
    template = "_site_address_table.html" if is_part and request.method == "GET" else "site_address_list.html"
    status = 422 if form is not None and form.errors else 200
    return render_inside(request, f"organizations/{template}", organization, context, tab="Accounts", status=status)


@organization_page(Can.EDIT_SITE_ADDRESSES)
def site_address_edit(request: PartnerRequest, organization_uuid: UUID, site_address_uuid: UUID) -> HttpResponse:
    """Replace one address by another."""
    organization = organization_of(request, organization_uuid)
    address = _address(request, organization, site_address_uuid)
    form = SiteAddressForm(request.POST if request.method == "POST" else None, address=address)
    if request.method == "POST" and form.is_valid():
        url = form.cleaned_data["url"]
        try:
            changed = edit_site_address(address=address, url=url, actor=request.user, now=timezone.now())
        except AddressesKnown:
            form.add_error("url", "This address is listed already.")
        except SiteAddress.DoesNotExist as problem:
            raise Http404 from problem
        else:
            words = "is being checked" if changed.state == SiteAddress.State.CHECKING else "stays as it was"
            messages.success(request, f"{url} {words}.")
            return redirect("organizations:site_address_list", organization.uuid)
    context = {"address": address, "form": form}
    status = 422 if form.errors else 200
    return render_inside(
        request, "organizations/site_address_edit.html", organization, context, tab="Accounts", status=status
    )


@organization_page(Can.EDIT_SITE_ADDRESSES)
def site_address_remove(request: PartnerRequest, organization_uuid: UUID, site_address_uuid: UUID) -> HttpResponse:
    """Ask, then take an address off the list."""
    organization = organization_of(request, organization_uuid)
    address = _address(request, organization, site_address_uuid)
    if request.method == "POST":
        remove_site_address(address=address, actor=request.user, now=timezone.now())
        kept = " The site stays protected; switch that under Sites." if address.item_id else ""
        messages.success(request, f"{address.url} is off the list.{kept}")
        return redirect("organizations:site_address_list", organization.uuid)
    return render_inside(
        request, "organizations/site_address_remove.html", organization, {"address": address}, tab="Accounts"
    )


@organization_page(Can.EDIT_SITE_ADDRESSES)
@require_POST
def site_address_check(request: PartnerRequest, organization_uuid: UUID, site_address_uuid: UUID) -> HttpResponse:
    """Have an address looked at once more."""
    organization = organization_of(request, organization_uuid)
    address = _address(request, organization, site_address_uuid)
    try:
        checked = check_again(address=address, actor=request.user, now=timezone.now())
    except SiteAddress.DoesNotExist as problem:
        raise Http404 from problem
    words = "is being checked again" if checked.state == SiteAddress.State.CHECKING else "was found meanwhile"
    messages.success(request, f"{address.url} {words}.")
    return redirect("organizations:site_address_list", organization.uuid)


def _add(request: PartnerRequest, form: SiteAddressesForm) -> bool:
    try:
        added = add_site_addresses(
            connection=form.connection, urls=form.cleaned_data["addresses"], actor=request.user, now=timezone.now()
        )
    except AddressesKnown as problem:
        form.refuse_known(problem.urls)
        return False
    verb = "is" if len(added) == 1 else "are"
    messages.success(request, f"{counted(len(added), 'site')} {verb} being checked. What is found is protected.")
    return True


def _addresses(request: PartnerRequest, organization: Organization):
    return SiteAddress.objects.visible_to(request.membership).filter(organization=organization)


def _address(request: PartnerRequest, organization: Organization, site_address_uuid: UUID) -> SiteAddress:
    addresses = _addresses(request, organization).select_related("connection", "item")
    return get_object_or_404(addresses, uuid=site_address_uuid)
