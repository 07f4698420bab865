"""Addresses of people and companies. allauth's own names keep their meaning; what is not listed here does not exist."""

from django.urls import path, re_path, register_converter

from accounts.models import ResetRequest
from accounts.views import (
    api_keys,
    audit_log,
    invitations,
    members,
    newsletter,
    partner,
    profile,
    second_factor,
    sign_in,
    webhooks,
)


class WhatConverter:
    """`password` or `second-factor`, as in the address of a reset."""

    regex = "password|second-factor"

    def to_python(self, value: str) -> str:
        return ResetRequest.What[value.upper().replace("-", "_")].value

    def to_url(self, value: str) -> str:
        return value.lower().replace("_", "-")


register_converter(WhatConverter, "what")

# Names that allauth itself looks up.
door_patterns = [
    path("login/", sign_in.partner_sign_in, name="account_login"),
    path("login/passkey/", sign_in.partner_passkey, name="mfa_login_webauthn"),
    path("login/code/", sign_in.code_at_sign_in, name="mfa_authenticate"),
    path("organization/login/", sign_in.organization_sign_in, name="organization_login"),
    path("organization/login/passkey/", sign_in.organization_passkey, name="organization_login_passkey"),
    # Sign-up is closed; where the library would link to it, the link leads to the door.
    path("login/", sign_in.partner_sign_in, name="account_signup"),
    path("logout/", sign_in.sign_out, name="account_logout"),
    path("password/forgotten/", sign_in.forgotten_password, name="account_reset_password"),
    path("password/forgotten/sent/", sign_in.forgotten_password_sent, name="account_reset_password_done"),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        sign_in.new_password,
        name="account_reset_password_from_key",
    ),
    path("password/new/done/", sign_in.new_password_done, name="account_reset_password_from_key_done"),
    path("confirm/password/", sign_in.confirm_password, name="account_reauthenticate"),
    path("confirm/code/", sign_in.confirm_code, name="mfa_reauthenticate"),
    path("confirm/passkey/", sign_in.confirm_passkey, name="mfa_reauthenticate_webauthn"),
    path("account/second-factor/", second_factor.second_factor_detail, name="mfa_index"),
    path("account/second-factor/app/remove/", second_factor.app_removal, name="mfa_deactivate_totp"),
    path("account/second-factor/app/", second_factor.app_set_up, name="mfa_activate_totp"),
]

_WEBHOOKS = "settings/webhooks/"
_WEBHOOK = _WEBHOOKS + "<uuid:webhook_uuid>/"

app_name = "accounts"
urlpatterns = [
    path("users/", members.member_list, name="member_list"),
    path("users/new/", members.member_create, name="member_create"),
    path("users/<uuid:member_uuid>/", members.member_edit, name="member_edit"),
    path("users/<uuid:member_uuid>/delete/", members.member_delete, name="member_delete"),
    path("users/<uuid:member_uuid>/reset/<what:what>/", members.member_reset, name="member_reset"),
    path("users/<uuid:member_uuid>/invitation/send/", invitations.invitation_resend, name="invitation_resend"),
    path("users/<uuid:member_uuid>/invitation/revoke/", invitations.invitation_revoke, name="invitation_revoke"),
    path("users/<uuid:member_uuid>/billing/request/", members.billing_request, name="billing_request"),
    path("users/<uuid:member_uuid>/billing/open/", members.billing_open, name="billing_open"),
    path("invitation/<str:token>/", invitations.invitation_accept, name="invitation_accept"),
    path("settings/company/", partner.partner_detail, name="partner_detail"),
    path("settings/company/edit/", partner.partner_edit, name="partner_edit"),
    path("settings/api-keys/", api_keys.api_key_list, name="api_key_list"),
    path("settings/api-keys/new/", api_keys.api_key_create, name="api_key_create"),
    path("settings/api-keys/<uuid:api_key_uuid>/revoke/", api_keys.api_key_revoke, name="api_key_revoke"),
    path("settings/activity/", audit_log.audit_log, name="audit_log"),
    path("settings/activity/file/", audit_log.audit_log_export, name="audit_log_export"),
    path(_WEBHOOKS, webhooks.webhook_list, name="webhook_list"),
    path(_WEBHOOKS + "new/", webhooks.webhook_create, name="webhook_create"),
    path(_WEBHOOK, webhooks.webhook_detail, name="webhook_detail"),
    path(_WEBHOOK + "edit/", webhooks.webhook_edit, name="webhook_edit"),
    path(_WEBHOOK + "secret/", webhooks.webhook_secret, name="webhook_secret"),
    path(_WEBHOOK + "delete/", webhooks.webhook_delete, name="webhook_delete"),
    path(_WEBHOOK + "test/", webhooks.webhook_test, name="webhook_test"),
    path(_WEBHOOKS + "deliveries/<uuid:delivery_uuid>/again/", webhooks.webhook_send_again, name="webhook_send_again"),
    path("brand/<uuid:brand_uuid>.css", partner.brand_css, name="brand_css"),
    path("brand/<uuid:brand_uuid>.png", partner.brand_logo, name="brand_logo"),
    path("account/", profile.profile_edit, name="profile_edit"),
    path("account/password/", profile.password_change, name="password_change"),
    path("account/newsletters/", newsletter.newsletter_edit, name="newsletter_edit"),
    path("account/sessions/", profile.session_list, name="session_list"),
    path("account/sessions/<int:session_id>/end/", profile.session_end, name="session_end"),
    path("account/sessions/end-others/", profile.session_end_others, name="session_end_others"),
    path("account/resets/<uuid:own_reset_uuid>/stop/", profile.reset_stop, name="reset_stop"),
    path("account/companies/", profile.membership_choose, name="membership_choose"),
    path("account/second-factor/", second_factor.second_factor_detail, name="second_factor_detail"),
    path("account/second-factor/set-up/", second_factor.second_factor_setup, name="second_factor_setup"),
    path("account/second-factor/passkey/", second_factor.passkey_set_up, name="passkey_set_up"),
    path("account/second-factor/passkey/<int:pk>/remove/", second_factor.passkey_removal, name="passkey_removal"),
    path("account/second-factor/codes/", second_factor.recovery_codes, name="recovery_codes"),
    path("account/second-factor/codes/file/", second_factor.recovery_codes_download, name="recovery_codes_download"),
    path("account/second-factor/codes/kept/", second_factor.recovery_codes_kept, name="recovery_codes_kept"),
    path("account/second-factor/codes/renew/", second_factor.recovery_codes_renew, name="recovery_codes_renew"),
]
