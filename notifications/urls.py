"""Addresses of mail: leaving a newsletter. The development inbox is routed in `portal.dev_urls` only."""

from django.urls import path

from notifications.views import unsubscribing

app_name = "notifications"
urlpatterns = [
    path("unsubscribe/<str:unsubscribe_token>/", unsubscribing.unsubscribe, name="unsubscribe"),
]
