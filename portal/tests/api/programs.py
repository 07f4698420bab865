"""Programs, and every address that takes a key."""

from django.urls import reverse
from jsonschema import Draft202012Validator

from portal.api_schema import api_document
from portal.api_urls import urlpatterns

API = "/api/v1"
DOORS = {door.name: door.callback for door in urlpatterns if getattr(door.callback, "opens_with", "") != "ANYONE"}


class Program:
    """Somebody's program, with a key."""

    def __init__(self, client, key=""):
        self.client, self.headers = client, {"X-Api-Key": key} if key else {}

    def get(self, path, *, status=200, **options):
        headers = self.headers | options.pop("headers", {})
        answer = self.client.get(path if path.startswith("http") else f"{API}{path}", headers=headers, **options)
        assert answer.status_code == status, answer.content
        assert answer["Content-Type"] == ("application/json" if status == 200 else "application/problem+json")
        return answer.json()

    def rows(self, path, **query):
        return self.get(path, data=query)["results"]


def addresses(client_uuid, item_uuid):
    """Every address that takes a key, by name."""
    arguments = {"client_uuid": client_uuid, "item_uuid": item_uuid}
    patterns = {door.name: door.pattern.converters for door in urlpatterns if door.name in DOORS}
    return {
        name: reverse(name, kwargs={key: arguments[key] for key in taken}).removeprefix(API)
        for name, taken in patterns.items()
    }


def validator_of(schema):
    """Return what checks answers against a schema of the document, formats included."""
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def problem_schema():
    """Return what every refusal looks like."""
    return api_document()["components"]["schemas"]["Problem"]


def documented_answers():
    """Return the status of every answer the document names for the list of clients."""
    return api_document()["paths"][f"{API}/client"]["get"]["responses"]
