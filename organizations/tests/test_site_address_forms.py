"""Which addresses are a site of the client's SharePoint, judged without asking anybody."""

import pytest
from django.core.exceptions import ValidationError

from organizations.forms.site_addresses import normal_site_url

HOST = "acme.sharepoint.com"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://acme.sharepoint.com/sites/projects", "/sites/projects"),
        ("  https://acme.sharepoint.com/sites/projects/  ", "/sites/projects"),
        ("HTTPS://ACME.SharePoint.com/Sites/Projects", "/sites/projects"),
        ("https://acme.sharepoint.com/teams/Sales-2026_b", "/teams/sales-2026_b"),
        ("https://acme.sharepoint.com", ""),
        ("https://acme.sharepoint.com/", ""),
        ("https://acme.sharepoint.com//sites/projects//", "/sites/projects"),
        ("https://acme.sharepoint.com/sites/Caf%C3%A9", "/sites/caf%C3%A9"),
        ("https://acme.sharepoint.com/sites/café", "/sites/caf%C3%A9"),
        ("https://acme.sharepoint.com/sites/v1.0", "/sites/v1.0"),
    ],
)
def test_an_address_is_kept_in_one_form(typed, kept):
    assert normal_site_url(typed, host=HOST) == f"https://{HOST}{kept}"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("http://acme.sharepoint.com/sites/x", "start with https://"),
        ("file:///etc/passwd", "start with https://"),
        ("ftp://acme.sharepoint.com/sites/x", "start with https://"),
        ("javascript:alert(1)", "start with https://"),
        ("acme.sharepoint.com/sites/x", "start with https://"),
        ("//acme.sharepoint.com/sites/x", "start with https://"),
        ("projects", "start with https://"),
        ("https://", "not on acme.sharepoint.com"),
        ("https:///sites/x", "not on acme.sharepoint.com"),
        ("https://evil.example/sites/x", "not on acme.sharepoint.com"),
        ("https://bolt.sharepoint.com/sites/x", "not on acme.sharepoint.com"),
        ("https://acme.sharepoint.com.evil.example/sites/x", "not on acme.sharepoint.com"),
        ("https://acme.sharepoint.com./sites/x", "not on acme.sharepoint.com"),
        ("https://sub.acme.sharepoint.com/sites/x", "not on acme.sharepoint.com"),
        ("https://acme-admin.sharepoint.com/sites/x", "not on acme.sharepoint.com"),
        ("https://localhost/sites/x", "not on acme.sharepoint.com"),
        ("https://127.0.0.1/sites/x", "not a number"),
        ("https://169.254.169.254/latest/meta-data", "not a number"),
        ("https://2130706433/sites/x", "not a number"),
        ("https://0x7f.0.0.1/sites/x", "not a number"),
        ("https://[::1]/sites/x", "not a number"),
        ("https://[::1/sites/x", "not an address"),
        ("https://acme-my.sharepoint.com/personal/eva", "OneDrive"),
        ("https://acme.sharepoint.com/personal/eva_acme_example", "OneDrive"),
        ("https://аcme.sharepoint.com/sites/x", "only look like"),
        ("https://acme.sharepoint。com/sites/x", "only look like"),
        ("https://xn--cme-5cd.sharepoint.com/sites/x", "only look like"),
        ("https://acme.sharepoint.com:443/sites/x", "port"),
        ("https://acme.sharepoint.com:8080/sites/x", "port"),
        ("https://acme.sharepoint.com:/sites/x", "port"),
        ("https://acme.sharepoint.com:99999999/sites/x", "not an address"),
        ("https://eva@acme.sharepoint.com/sites/x", "names and passwords"),
        ("https://acme.sharepoint.com@evil.example/sites/x", "names and passwords"),
        ("https://@acme.sharepoint.com/sites/x", "names and passwords"),
        ("https://:@acme.sharepoint.com/sites/x", "names and passwords"),
        ("https://acme.sharepoint.com\\sites\\x", "not on acme.sharepoint.com"),
        ("https://acme.sharepoint.com/sites/a\\b", "characters"),
        ("https://evil.example\\@acme.sharepoint.com/sites/x", "names and passwords"),
        ("https://acme.sharepoint.com/sites/x?web=1", "“?” or “#”"),
        ("https://acme.sharepoint.com/sites/x?", "“?” or “#”"),
        ("https://acme.sharepoint.com/sites/x#top", "“?” or “#”"),
        ("https://acme.sharepoint.com/sites", "a site is at"),
        ("https://acme.sharepoint.com/Shared%20Documents", "a site is at"),
        ("https://acme.sharepoint.com/_layouts/15/viewlsts.aspx", "a site is at"),
        ("https://acme.sharepoint.com/sites/x/Shared%20Documents", "leave out everything after the site’s name: https://acme.sharepoint.com/sites/x"),
        ("https://acme.sharepoint.com/sites/../admin", "characters"),
        ("https://acme.sharepoint.com/sites/%2e%2e", "characters"),
        ("https://acme.sharepoint.com/sites/a%2Fb", "characters"),
        ("https://acme.sharepoint.com/sites/a%252Fb", "characters"),
        ("https://acme.sharepoint.com/sites/a%0d%0aX", "characters"),
        ("https://acme.sharepoint.com/sites/%ff", "characters"),
        ("https://acme.sharepoint.com/sites/a\tb", "invisible"),
        ("https://acme.sharepoint.com/sites/a b", "spaces"),
        ("https://acme.sharepoint.com/sites/a\u200bb", "invisible"),
        ("https://acme.sharepoint.com/sites/" + "x" * 400, "longer than"),
        ("https://acme.sharepoint.com/sites/" + "é" * 100, "longer than"),
    ],
)  # fmt: skip
def test_what_is_no_address_of_this_clients_sharepoint_is_refused_with_a_reason(typed, reason):
    with pytest.raises(ValidationError) as refused:
        normal_site_url(typed, host=HOST)

    assert reason in refused.value.message
