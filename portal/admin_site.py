"""Django admin for platform staff: behind the same door and the same second factor as everything else."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse


class PortalAdminConfig(AdminConfig):
    default_site = "portal.admin_site.PortalAdminSite"


class PortalAdminSite(AdminSite):
    """The platform's own administration. It has no sign-in page of its own."""

    site_header = "Portico platform"
    site_title = "Portico platform"
    index_title = "Partners, people, mail and work"
    site_url = None
    enable_nav_sidebar = False

    def login(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Send everybody to the partner's door; people who are signed in and no staff learn nothing."""
        if request.user.is_authenticated:
            return redirect("home")
        return redirect(f"{reverse('account_login')}?next={reverse('admin:index')}")

    login = login_not_required(login)
