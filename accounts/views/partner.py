"""The company's own record, its logo and its colour."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control

from accounts.access import PartnerRequest, open_page, partner_page
from accounts.actions.partners import NotAPicture, edit_partner
from accounts.countries import country_choices
from accounts.forms.partners import PartnerForm
from accounts.models import Partner
from accounts.models.partner import HEX_COLOUR
from accounts.roles import Can

_FIELDS = ("name", "address", "postal_code", "city", "country", "phone", "time_zone", "accent_colour")


@partner_page(Can.SEE_PARTNER)
def partner_detail(request: PartnerRequest) -> HttpResponse:
    """Show the company's record to everybody who works there."""
    partner = request.membership.partner
    country = dict(country_choices()).get(partner.country, "") if partner.country else ""
    return render(request, "accounts/partner_detail.html", {"partner": partner, "country": country})


@partner_page(Can.EDIT_PARTNER)
def partner_edit(request: PartnerRequest) -> HttpResponse:
    """Change the company's record."""
    partner = request.membership.partner
    form = PartnerForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        initial={name: getattr(partner, name) for name in _FIELDS},
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        logo = b"" if values["remove_logo"] else None
        if values["logo"]:
            logo = values["logo"].read()
        try:
            edit_partner(
                partner=partner,
                values={name: values[name] for name in _FIELDS},
                logo=logo,
                actor=request.user,
                now=timezone.now(),
            )
        except NotAPicture as problem:
            form.add_error("logo", str(problem))
        else:
            messages.success(request, "The company’s details are saved.")
            return redirect("accounts:partner_detail")
    context = {"form": form, "partner": partner}
    return render(request, "accounts/partner_edit.html", context, status=422 if form.errors else 200)


@open_page
@cache_control(public=True, max_age=300)
def brand_css(request: HttpRequest, brand_uuid: UUID) -> HttpResponse:
    """Answer the partner's accent colour as the one stylesheet a strict policy allows."""
    partner = get_object_or_404(Partner, uuid=brand_uuid)
    colour = partner.accent_colour if HEX_COLOUR.fullmatch(partner.accent_colour) else ""
    text = f":root {{ --brand: {colour}; }}\n" if colour else "/* the portal's own colour */\n"
    return HttpResponse(text, content_type="text/css; charset=utf-8")


@open_page
@cache_control(public=True, max_age=300)
def brand_logo(request: HttpRequest, brand_uuid: UUID) -> HttpResponse:
    """Answer the partner's logo, a PNG that we drew ourselves."""
    partner = get_object_or_404(Partner, uuid=brand_uuid)
    if not partner.logo:
        raise Http404
    return HttpResponse(bytes(partner.logo), content_type="image/png")
