"""Requests that nobody thought of: whatever a program sends, it gets an answer the document knows, and never a 500."""

import pytest
import schemathesis
from django.test.client import ClientHandler
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as profile
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from backups.tests.nights import of_a_night
from portal.api_schema import api_document

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def application(environ, start_response):
    """Answer as the product does, but in the transaction of the test, as Django's own client."""
    answer = ClientHandler()(environ)
    start_response(f"{answer.status_code} {answer.reason_phrase}", list(answer.items()))
    return [answer.getvalue()]


@pytest.mark.parametrize("requests", [10, pytest.param(of_a_night(1_000), marks=pytest.mark.soak, id="API-night")])
def test_every_made_up_request_gets_an_answer_the_document_names(program, scene, acme, settings, requests):
    settings.API_CALLS_PER_MINUTE = 1_000_000
    document = schemathesis.openapi.from_dict(api_document())
    document.app = application
    there = {"client_uuid": str(acme.uuid), "item_uuid": str(scene["eva"].uuid)}
    seen = set()
    for found in document.get_all_operations():
        operation = found.ok()

        @profile(max_examples=requests, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(), exists=strategies.booleans())
        def asked(case, exists):
            if exists:
                case.path_parameters = {name: there[name] for name in case.path_parameters or {}}
            case.headers = {**(case.headers or {}), **program.headers}
            answer = case.call()
            seen.add(answer.status_code)
            case.validate_response(answer, checks=CHECKS)

        asked()

    assert {200, 400, 404} <= seen
