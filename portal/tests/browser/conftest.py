"""Chromium, a live server, and the promise that no page makes the browser complain."""

import os
import shutil

import pytest
from django.conf import settings as django_settings

from conftest import signed_in_client

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


def pytest_collection_modifyitems(items):
    for item in items:
        if "portal/tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))
            if not CHROMIUM and not os.environ.get("PORTICO_REQUIRE_BROWSER"):
                item.add_marker(pytest.mark.skip(reason="There is no Chromium on this machine."))


@pytest.fixture(scope="session")
def browser_type_launch_args():
    return {"executable_path": CHROMIUM, "args": _ARGUMENTS.split()}


@pytest.fixture
def house(live_server, settings):
    """The address of the running product. Passkeys are bound to the name localhost."""
    settings.BASE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return live_server.url


@pytest.fixture
def page(page, house):
    """A tab whose complaints fail the test: policy violations, missing files, errors of scripts."""
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(10_000)
    yield page
    expected = ("status of 400", "status of 404", "status of 403", "status of 422", "status of 410")
    assert [text for text in complaints if not any(status in text for status in expected)] == []


@pytest.fixture
def enter(page, house, cast):
    """Put somebody of the cast into the browser, signed in with everything it takes."""

    def _enter(who, target=page):
        name = django_settings.SESSION_COOKIE_NAME
        key = signed_in_client(cast[who]).cookies[name].value
        target.context.add_cookies([{"name": name, "value": key, "url": house}])
        return target

    return _enter
