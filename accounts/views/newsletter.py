"""Which newsletters a person gets, and whether alerts about clients."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.access import own_page
from accounts.actions.newsletters import edit_alerts, edit_newsletters
from accounts.roles import Can, Role
from notifications import preferences
from notifications.models import EmailPreference

_ICONS = dict(
    zip(EmailPreference.Category, ("star", "report", "alert", "training", "certificate", "mail"), strict=True)
)


@own_page
def newsletter_edit(request: HttpRequest) -> HttpResponse:
    """Show and change the person's newsletter preferences."""
    offered = _offered(request)
    subscribed = preferences.subscribed_categories(request.user.pk)
    if request.method == "POST":
        # What was not asked stays as it was, unless the person leaves everything.
        asked = {category.value for category in offered}
        wanted = set(request.POST.getlist("categories")) & asked | subscribed - asked
        edit_newsletters(
            user=request.user,
            categories=set() if "none" in request.POST else wanted,
            membership=request.membership,
            now=timezone.now(),
        )
        if _gets_alerts(request) and "none" not in request.POST:
            edit_alerts(membership=request.membership, wants="alerts" in request.POST, now=timezone.now())
        messages.success(request, "Your newsletter preferences are saved.")
        return redirect("accounts:newsletter_edit")
    categories = [
        {
            "code": category.value,
            "label": category.label,
            "note": EmailPreference.DESCRIPTIONS[category],
            "icon": _ICONS[category],
            "is_subscribed": category.value in subscribed,
        }
        for category in offered
    ]
    context = {
        "categories": categories,
        "gets_alerts": _gets_alerts(request),
        "wants_alerts": preferences.wants_alerts(request.user.pk),
    }
    return render(request, "accounts/newsletter_edit.html", context)


def _offered(request: HttpRequest) -> list[EmailPreference.Category]:
    """Return the categories the person can be sent: whoever takes no courses has no certificate that ends."""
    takes_courses = request.membership is not None and request.membership.may(Can.TAKE_TRAINING)
    return [one for one in EmailPreference.Category if takes_courses or one != EmailPreference.Category.DUE_AGAIN]


def _gets_alerts(request: HttpRequest) -> bool:
    """Return whether the person is one of those who are told of clients' services at all."""
    member = request.membership
    is_administrator = member is not None and member.organization_id is None and member.role == Role.ADMINISTRATOR
    return is_administrator and member.may(Can.MANAGE_BACKUP_SETTINGS)
