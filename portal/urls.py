"""Every address of the product. A door that is not listed here does not exist."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from accounts.urls import door_patterns
from portal import health, stylesheet
from portal.views import dashboard, home

urlpatterns = [
    path("", home.home, name="home"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("health/live/", health.live, name="health_live"),
    path("health/ready/", health.ready, name="health_ready"),
    path("style/<slug:digest>.css", stylesheet.stylesheet, name="stylesheet"),
    path("", include(door_patterns)),
    path("", include("accounts.urls")),
    path("", include("organizations.urls")),
    path("", include("backups.urls")),
    path("", include("billing.urls")),
    path("", include("support.urls")),
    path("", include("news.urls")),
    path("", include("training.urls")),
    path("", include("notifications.urls")),
    path("api/v1/", include("portal.api_urls")),
    path("admin/", admin.site.urls),
]
if settings.IS_DEVELOPMENT:
    urlpatterns.append(path("dev/", include("portal.dev_urls")))

if settings.IS_BENCH:
    urlpatterns.append(path("bench/bare/", home.bare))

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.permission_denied"
handler404 = "portal.errors.not_found"
handler429 = "portal.errors.too_many_requests"
handler500 = "portal.errors.server_error"
