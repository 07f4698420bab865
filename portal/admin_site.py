"""Django admin for platform staff: behind the same door and the same second factor as everything else."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

OUR_APPS = frozenset(
    {"accounts", "organizations", "backups", "billing", "support", "news", "training", "notifications", "jobs"}
)


class PortalAdminConfig(AdminConfig):
    default_site = "portal.admin_site.PortalAdminSite"


class PortalAdminSite(AdminSite):
    """The platform's own administration. It has no sign-in page of its own."""

    site_header = "Portico platform"
    site_title = "Portico platform"
    index_title = "Partners, people, mail and work"
    site_url = None
    enable_nav_sidebar = False

    def register(self, model_or_iterable, admin_class=None, **options) -> None:
        """Register models of our own apps; what libraries bring (keys, sessions, groups) has no page here."""
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        ours = [model for model in models if model._meta.app_label in OUR_APPS]
        super().register(ours, admin_class, **options)

    def login(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Send everybody to the partner's door; people who are signed in and no staff learn nothing."""
        if request.user.is_authenticated:
            return redirect("home")
        return redirect(f"{reverse('account_login')}?next={reverse('admin:index')}")

    login = login_not_required(login)
