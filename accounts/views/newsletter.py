"""Which newsletters a person gets."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.access import own_page
from accounts.actions.newsletters import edit_newsletters
from notifications import preferences
from notifications.models import EmailPreference

_ICONS = dict(zip(EmailPreference.Category, ("star", "report", "alert", "training", "mail"), strict=True))


@own_page
def newsletter_edit(request: HttpRequest) -> HttpResponse:
    """Show and change the person's newsletter preferences."""
    if request.method == "POST":
        wanted = set() if "none" in request.POST else set(request.POST.getlist("categories"))
        edit_newsletters(
            user=request.user,
            categories=wanted & set(EmailPreference.Category.values),
            membership=request.membership,
            now=timezone.now(),
        )
        messages.success(request, "Your newsletter preferences are saved.")
        return redirect("accounts:newsletter_edit")
    subscribed = preferences.subscribed_categories(request.user.pk)
    categories = [
        {
            "code": category.value,
            "label": category.label,
            "note": EmailPreference.DESCRIPTIONS[category],
            "icon": _ICONS[category],
            "is_subscribed": category.value in subscribed,
        }
        for category in EmailPreference.Category
    ]
    return render(request, "accounts/newsletter_edit.html", {"categories": categories})
