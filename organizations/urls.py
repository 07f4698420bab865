"""Addresses of client organizations."""

from django.urls import path, register_converter

from organizations.models import SourceApp
from organizations.views import (
    board,
    connections,
    consent_answers,
    discovery,
    incidents,
    item_changes,
    items,
    organization_invitations,
    organization_log,
    organization_users,
    organizations,
    overview,
    settings_general,
    settings_notifications,
    settings_services,
    settings_users,
    site_addresses,
)


class PurposeConverter:
    """`backup` or `restore`, as in the address of a consent."""

    regex = "backup|restore"

    def to_python(self, value: str) -> str:
        return SourceApp.Purpose[value.upper()].value

    def to_url(self, value: str) -> str:
        return value.lower()


register_converter(PurposeConverter, "purpose")

_INSIDE = "organizations/<uuid:organization_uuid>/"
_ACCOUNTS = _INSIDE + "accounts/"
_SITE_ADDRESSES = _ACCOUNTS + "sharepoint/"
_CONNECTION = _INSIDE + "settings/connection/"
_USERS = _INSIDE + "settings/users/"
_USER = _USERS + "<uuid:member_uuid>/"
_INCIDENT = "incidents/<uuid:incident_uuid>/"

app_name = "organizations"
urlpatterns = [
    path("organizations/", board.board, name="board"),
    path("organizations/new/", organizations.organization_create, name="organization_create"),
    path(_INSIDE, overview.overview, name="overview"),
    path(_INSIDE + "edit/", organizations.organization_edit, name="organization_edit"),
    path(_ACCOUNTS, items.item_list, name="item_list"),
    path(_ACCOUNTS + "confirm/", item_changes.item_confirm, name="item_confirm"),
    path(_ACCOUNTS + "<uuid:item_uuid>/switch/", item_changes.item_switch, name="item_switch"),
    path(_ACCOUNTS + "discovery/", discovery.discovery_state, name="discovery_state"),
    path(_ACCOUNTS + "discovery/request/", discovery.discovery_request, name="discovery_request"),
    path(_SITE_ADDRESSES, site_addresses.site_address_list, name="site_address_list"),
    path(_SITE_ADDRESSES + "<uuid:site_address_uuid>/", site_addresses.site_address_edit, name="site_address_edit"),
    path(
        _SITE_ADDRESSES + "<uuid:site_address_uuid>/remove/",
        site_addresses.site_address_remove,
        name="site_address_remove",
    ),
    path(
        _SITE_ADDRESSES + "<uuid:site_address_uuid>/check/",
        site_addresses.site_address_check,
        name="site_address_check",
    ),
    path("incidents/", incidents.incident_list, name="incident_list"),
    path(_INCIDENT, incidents.incident_detail, name="incident_detail"),
    path(_INCIDENT + "acknowledge/", incidents.incident_acknowledge, name="incident_acknowledge"),
    path(_INCIDENT + "mute/", incidents.incident_mute, name="incident_mute"),
    path(_INCIDENT + "unmute/", incidents.incident_unmute, name="incident_unmute"),
    path(_INSIDE + "incidents/", incidents.organization_incidents, name="organization_incidents"),
    path(_INSIDE + "audit-log/", organization_log.organization_log, name="organization_log"),
    path(_INSIDE + "audit-log/file/", organization_log.organization_log_export, name="organization_log_export"),
    path(_INSIDE + "settings/services/", settings_services.settings_services, name="settings_services"),
    path(_INSIDE + "settings/services/preview/", settings_services.policy_preview, name="policy_preview"),
    path(_INSIDE + "settings/services/groups/", settings_services.policy_groups, name="policy_groups"),
    path(
        _INSIDE + "settings/notifications/",
        settings_notifications.settings_notifications,
        name="settings_notifications",
    ),
    path(_INSIDE + "settings/notifications/next/", settings_notifications.digest_next, name="digest_next"),
    path(_INSIDE + "settings/general/", settings_general.settings_general, name="settings_general"),
    path(_USERS, settings_users.settings_users, name="settings_users"),
    path(_USERS + "second-factor/", settings_users.organization_second_factor, name="organization_second_factor"),
    path(_USERS + "new/", organization_users.organization_user_create, name="organization_user_create"),
    path(_USER, organization_users.organization_user_edit, name="organization_user_edit"),
    path(_USER + "delete/", organization_users.organization_user_delete, name="organization_user_delete"),
    path(_USER + "reset/<what:what>/", organization_users.organization_user_reset, name="organization_user_reset"),
    path(
        _USER + "invitation/send/",
        organization_invitations.organization_invitation_resend,
        name="organization_invitation_resend",
    ),
    path(
        _USER + "invitation/revoke/",
        organization_invitations.organization_invitation_revoke,
        name="organization_invitation_revoke",
    ),
    path(_CONNECTION, connections.connection_detail, name="connection_detail"),
    path(_CONNECTION + "start/<purpose:purpose>/", connections.consent_start, name="consent_start"),
    path(
        _CONNECTION + "<uuid:consent_uuid>/confirm/",
        connections.consent_confirm,
        name="consent_confirm",
    ),
    path(
        _CONNECTION + "<uuid:consent_uuid>/decline/",
        connections.consent_decline,
        name="consent_decline",
    ),
    path(_CONNECTION + "end/", connections.connection_end, name="connection_end"),
    # Registered at Microsoft word for word, so they name no organization; the state does.
    path("connect/microsoft-365/consented/", consent_answers.consent_answer, name="consent_answer"),
    path("connect/microsoft-365/signed-in/", consent_answers.consent_signed_in, name="consent_signed_in"),
]
