"""Switching protection: one item at once, several after the numbers were seen."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import PartnerRequest, organization_page
from accounts.roles import Can
from organizations.actions.items import ItemProblem, SelectionChanged, protect_items, unprotect_items
from organizations.forms.items import SelectionForm, SwitchForm
from organizations.models import Item, Organization
from organizations.models.item_filter import NOUNS, SHOWS, ItemFilter, Outlook, count_tabs
from organizations.models.legal_hold import with_holds
from organizations.views.figure_words import counted
from organizations.views.inside import organization_of, render_inside
from organizations.views.item_rows import as_row
from organizations.views.items import items_of, table_context


@organization_page(Can.CHOOSE_ITEMS)
@require_POST
def item_switch(request: PartnerRequest, organization_uuid: UUID, item_uuid: UUID) -> HttpResponse:
    """Protect one item or stop it, at once; the answer offers to undo it."""
    organization = organization_of(request, organization_uuid)
    items = items_of(request, organization)
    item = get_object_or_404(with_holds(items), uuid=item_uuid)
    form, level, can_undo = SwitchForm(request.POST), "error", False
    if not form.is_valid():
        words = "It is not clear whether to protect or not. Nothing was changed. Use the switch in the list."
    else:
        change = protect_items if form.cleaned_data["do"] == "protect" else unprotect_items
        try:
            outlook = change(
                items=items.filter(pk=item.pk), organization=organization, actor=request.user, now=timezone.now()
            )
        except ItemProblem as problem:
            words = str(problem)
        else:
            item = with_holds(items).get(pk=item.pk)
            level, words = _what_happened_to(item, outlook)
            can_undo = bool(outlook.changing) and not form.cleaned_data["undo"]
    if not request.htmx:
        messages.add_message(request, messages.DEFAULT_LEVELS[level.upper()], words)
        return redirect(f"{reverse('organizations:item_list', args=[organization.uuid])}?{request.GET.urlencode()}")
    context = table_context(count_tabs(items), ItemFilter.read({"tab": item.tab})) | {
        "organization": organization,
        "row": as_row(item, now=timezone.now()),
        "query": request.GET.urlencode(),
        "level": level,
        "words": words,
        "can_undo": can_undo,
    }
    return render(request, "organizations/_item_switched.html", context, status=422 if level == "error" else 200)


def _what_happened_to(item: Item, outlook: Outlook) -> tuple[str, str]:
    """Return how loud and in which words to tell it."""
    if outlook.skipped:
        reason = item.get_skipped_as_display()
        return "error", f"{item} stays skipped: {reason}. Filters are changed under Settings, Services."
    if outlook.gone:
        return "error", f"{item} is gone from the source and cannot be protected. What is saved stays."
    if outlook.deleted:
        return "error", f"What is backed up of {item} is being deleted for good. Protect it when that is done."
    if item.protection == Item.Protection.PROTECTED:
        return "success", f"{item} is protected{_seats(outlook.seats, '+')}."
    return "success", f"{item} is not protected any more{_seats(outlook.seats, '−')}. What is saved stays."


@organization_page(Can.CHOOSE_ITEMS)
def item_confirm(request: PartnerRequest, organization_uuid: UUID) -> HttpResponse:
    """Say what a decision about several items will change; do it once the person has agreed to that number."""
    organization = organization_of(request, organization_uuid)
    asked = request.POST if request.method == "POST" else request.GET
    form = SelectionForm(asked, items=items_of(request, organization))
    if not form.is_valid():
        return _ask(request, organization, form, None, status=422)
    if request.method != "POST" or form.cleaned_data["expected"] is None:
        return _ask(request, organization, form, Outlook.of(form.selected, protecting=form.is_protecting))
    change = protect_items if form.is_protecting else unprotect_items
    try:
        outlook = change(
            items=form.selected,
            organization=organization,
            actor=request.user,
            now=timezone.now(),
            expected=form.cleaned_data["expected"],
        )
    except SelectionChanged as problem:
        return _ask(request, organization, form, problem.outlook, problem=problem, status=422)
    except ItemProblem as problem:
        outlook = Outlook.of(form.selected, protecting=form.is_protecting)
        return _ask(request, organization, form, outlook, problem=problem, status=422)
    messages.success(request, _what_happened(form, outlook))
    return _back(request, organization, form.filter)


def _ask(
    request: PartnerRequest,
    organization: Organization,
    form: SelectionForm,
    outlook: Outlook | None,
    *,
    problem: ItemProblem | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "outlook": outlook, "problem": problem, "back_url": _list_url(organization, None)}
    if outlook is not None:
        tab = form.cleaned_data["tab"]
        context |= {
            "changing": counted(outlook.changing, NOUNS[Item.Tab(tab)][0]),
            "nouns": NOUNS[Item.Tab(tab)][1],
            "seats": outlook.seats,
            "selected": [] if form.cleaned_data["all"] else form.cleaned_data["item"],
            "filter": form.filter,
            "show_label": SHOWS[form.filter.show][0],
            "back_url": _list_url(organization, form.filter),
        }
    template = "organizations/_item_confirm.html" if request.htmx else "organizations/item_confirm.html"
    return render_inside(request, template, organization, context, tab="Accounts", status=status)


def _what_happened(form: SelectionForm, outlook: Outlook) -> str:
    several = counted(outlook.changing, NOUNS[Item.Tab(form.cleaned_data["tab"])][0])
    verb = "is" if outlook.changing == 1 else "are"
    if outlook.changing == 0:
        words = "Nothing had to be changed."
    elif form.is_protecting:
        words = f"{several} {verb} protected now{_seats(outlook.seats, '+')}."
    else:
        words = f"{several} {verb} not protected any more{_seats(outlook.seats, '−')}. What is saved stays."
    left = [f"{outlook.skipped:,} skipped by a filter"] if outlook.skipped else []
    left += [f"{outlook.gone:,} gone from the source"] if outlook.gone else []
    left += [f"{outlook.deleted:,} being deleted for good at the moment"] if outlook.deleted else []
    return f"{words} As before: {', '.join(left)}." if left else words


def _seats(count: int, sign: str) -> str:
    return f" ({sign}{counted(count, 'seat')})" if count else ""


def _back(request: PartnerRequest, organization: Organization, filter: ItemFilter) -> HttpResponse:
    url = _list_url(organization, filter)
    return HttpResponseClientRedirect(url) if request.htmx else HttpResponseRedirect(url)


def _list_url(organization: Organization, filter: ItemFilter | None) -> str:
    url = reverse("organizations:item_list", args=[organization.uuid])
    if filter is None:
        return url
    query = QueryDict(mutable=True)
    query.update({"tab": filter.tab, "show": filter.show, "q": filter.words})
    return f"{url}?{query.urlencode()}"
