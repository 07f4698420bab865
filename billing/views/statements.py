"""How the account stood on a day: on screen, as PDF, by mail."""

from datetime import date, timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.access import PartnerRequest, partner_page
from accounts.roles import Can
from billing import books
from billing.actions.accounts import people_billing_is_open_for
from billing.actions.statements import email_statement
from billing.forms.filters import StatementForm
from billing.forms.invoices import EmailForm
from billing.statement_pdf import not_printable, statement_pdf
from billing.views.accounts import Books, books_of

_SHOWN_BEFORE = timedelta(days=90)


@partner_page(Can.SEE_INVOICES)
def statement_detail(request: PartnerRequest) -> HttpResponse:
    """Show the statement of a day, past or present."""
    mine = books_of(request)
    form = StatementForm(_asked(request, mine.today))
    found = _statement(mine, form) if form.is_valid() else None
    context = {
        "form": form,
        "statement": found,
        "currency": mine.currency,
        "not_printable": not_printable(found, request.membership.partner) if found else "",
        "query": urlencode(_query(form)) if found else "",
    }
    return render(request, "billing/statement_detail.html", context, status=422 if form.errors else 200)


@partner_page(Can.SEE_INVOICES)
def statement_pdf_download(request: PartnerRequest) -> HttpResponse:
    """Hand the statement of a day out as PDF."""
    mine = books_of(request)
    form = StatementForm(_asked(request, mine.today))
    if not form.is_valid():
        return HttpResponseBadRequest("There is no statement of that day.", content_type="text/plain")
    found = _statement(mine, form)
    pdf = statement_pdf(found, partner=request.membership.partner, currency=mine.currency, now=timezone.now())
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="statement-{found.on}.pdf"'
    return answer


@partner_page(Can.SEE_INVOICES)
def statement_email(request: PartnerRequest) -> HttpResponse:
    """Ask to whom the statement of a day is sent, and send it."""
    mine, partner = books_of(request), request.membership.partner
    day = StatementForm(request.GET)
    if not day.is_valid():
        return redirect("billing:statement_detail")
    found = _statement(mine, day)
    address = f"{reverse('billing:statement_detail')}?{urlencode(_query(day))}"
    form = EmailForm(
        request.POST if request.method == "POST" else None,
        people=people_billing_is_open_for(partner),
        initial={"people": [request.membership.uuid]},
    )
    if request.method == "POST" and form.is_valid():
        people = list(form.cleaned_data["people"])
        email_statement(
            found, people=people, currency=mine.currency, address=address, actor=request.user, now=timezone.now()
        )
        names = ", ".join(member.user.full_name for member in people)
        messages.success(request, f"The statement of {found.on:%-d %B %Y} is on its way to {names}.")
        return redirect(address)
    context = {"statement": found, "currency": mine.currency, "address": address, "form": form}
    return render(request, "billing/statement_email.html", context, status=422 if form.errors else 200)


def _asked(request: PartnerRequest, today: date) -> dict:
    """Return what the address asks for; without a day, that of today with the last three months."""
    asked = {name: request.GET.get(name, "") for name in ("on", "since", "only_open")}
    asked["on"] = asked["on"] or today.isoformat()
    if not asked["since"]:
        day = StatementForm.base_fields["on"]
        try:
            asked["since"] = (day.clean(asked["on"]) - _SHOWN_BEFORE).replace(day=1).isoformat()
        except ValidationError:
            asked["since"] = today.isoformat()
    return asked


def _query(form: StatementForm) -> dict:
    values = form.cleaned_data
    query = {"on": values["on"].isoformat(), "since": values["since"].isoformat()}
    return query | ({"only_open": "on"} if values["only_open"] else {})


def _statement(mine: Books, form: StatementForm) -> books.Statement:
    return books.statement(mine.invoices, mine.payments, **form.cleaned_data)
