"""A client of the simulator as small as can be: what tests need, and nothing that would hide a mistake."""

import re

import httpx

from portal.tests.simulator import Simulator, plain_client

SCOPE = "https://graph.microsoft.com/.default"
_HIDDEN_FIELD = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def ask_for_token(microsoft: Simulator, tenant_word: str, app: str = "backup", **form) -> httpx.Response:
    """Ask the token endpoint as one of the registered apps, by its secret unless ``form`` says otherwise."""
    known = microsoft.apps[app]
    whole = {"client_id": known.client_id, "grant_type": "client_credentials", "scope": SCOPE}
    if "client_assertion" not in form:
        whole["client_secret"] = known.secret
    whole = {name: value for name, value in (whole | form).items() if value is not None}
    with plain_client() as client:
        return client.post(f"{microsoft.login_url}/{tenant_word}/oauth2/v2.0/token", data=whole)


def fetch(url: str, **headers: str) -> httpx.Response:
    """GET an address as a stranger."""
    with plain_client() as client:
        return client.get(url, headers=headers)


class Graph:
    """Graph, in the eyes of one app in one tenant."""

    def __init__(self, microsoft: Simulator, tenant: dict, app: str = "backup", token: str | None = None) -> None:
        self.base = f"{microsoft.graph_url}/v1.0"
        if token is None:
            answer = ask_for_token(microsoft, tenant["id"], app)
            assert answer.status_code == 200, answer.text
            token = answer.json()["access_token"]
        self.client = plain_client(headers={"Authorization": f"Bearer {token}"}, timeout=60)

    def get(self, path: str, **headers) -> httpx.Response:
        """GET a path below /v1.0, or a whole address; underscores in names of headers become hyphens."""
        url = path if path.startswith("http") else f"{self.base}{path}"
        return self.client.get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def value(self, path: str, **headers) -> list[dict]:
        """GET a list, all of its pages."""
        found, url = [], path
        while url:
            answer = self.get(url, **headers)
            assert answer.status_code == 200, answer.text
            found += answer.json()["value"]
            url = answer.json().get("@odata.nextLink")
        return found

    def round(self, path: str, size: int | None = None) -> tuple[list[dict], str, int]:
        """Read one round of a delta feed; return what it told, the next link, and the number of requests."""
        headers = {"Prefer": f"odata.maxpagesize={size}"} if size else {}
        found, url, requests = [], path, 0
        while True:
            answer = self.get(url, **headers)
            assert answer.status_code == 200, answer.text
            found, requests = found + answer.json()["value"], requests + 1
            if "@odata.deltaLink" in answer.json():
                return found, answer.json()["@odata.deltaLink"], requests
            url = answer.json()["@odata.nextLink"]

    def batch(self, *parts: dict | str) -> httpx.Response:
        """Send a batch; a part that is a text is a GET of that path."""
        whole = [
            part if isinstance(part, dict) else {"id": str(number), "method": "GET", "url": part}
            for number, part in enumerate(parts, 1)
        ]
        return self.client.post(f"{self.base}/$batch", json={"requests": whole})


class Browser:
    """Somebody's browser on the pages of the sign-in service. It does not follow links out of the simulator."""

    def __init__(self) -> None:
        self.client = plain_client()
        self.page: httpx.Response | None = None

    def open(self, url: str) -> httpx.Response:
        """Open an address."""
        self.page = self.client.get(url)
        return self.page

    def press(self, **fields) -> httpx.Response:
        """Send the form of the page with these fields, and follow a redirect that stays on the same page."""
        token = _HIDDEN_FIELD.search(self.page.text).group(1)
        answer = self.client.post(self.page.url, data=fields | {"csrfmiddlewaretoken": token})
        if answer.is_redirect and answer.headers["location"].startswith("/login/"):
            return self.open(str(self.page.url.join(answer.headers["location"])))
        self.page = answer
        return answer


def parameters_of(answer: httpx.Response) -> dict[str, str]:
    """Return what a redirect tells the app."""
    assert answer.status_code == 302, answer.text
    return dict(httpx.URL(answer.headers["location"]).params)
