"""Addresses of client organizations."""

from django.urls import path

from organizations.views import (
    board,
    connections,
    items,
    organization_log,
    overview,
    settings_general,
    settings_notifications,
    settings_services,
    settings_users,
)

_INSIDE = "organizations/<uuid:organization_uuid>/"

app_name = "organizations"
urlpatterns = [
    path("organizations/", board.board, name="board"),
    path(_INSIDE, overview.overview, name="overview"),
    path(_INSIDE + "accounts/", items.item_list, name="item_list"),
    path(_INSIDE + "audit-log/", organization_log.organization_log, name="organization_log"),
    path(_INSIDE + "settings/services/", settings_services.settings_services, name="settings_services"),
    path(
        _INSIDE + "settings/notifications/",
        settings_notifications.settings_notifications,
        name="settings_notifications",
    ),
    path(_INSIDE + "settings/general/", settings_general.settings_general, name="settings_general"),
    path(_INSIDE + "settings/users/", settings_users.settings_users, name="settings_users"),
    path(_INSIDE + "settings/connection/", connections.connection_detail, name="connection_detail"),
]
