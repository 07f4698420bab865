"""Real mails, calendars and contacts in a tenant that wants them. Skipped where there are none at hand."""

import re

import pytest

from simulators.tests.clients import Graph
from simulators.tests.conftest import CORPORA

pytestmark = [
    pytest.mark.skipif(not (CORPORA / "corpora.tar.xz").exists(), reason="there are no corpora at hand"),
    # It starts a simulator of its own and reads thousands of mails.
    pytest.mark.soak,
]


def test_mails_are_real_ones_with_addresses_of_nobody(real):
    tenant = real.add_tenant("Acme Dental", "acme-dental.example", "tiny", seed=1, corpora=True)
    real.consent(tenant, real.apps["backup"].client_id)
    graph, box = Graph(real, tenant), f"/users/{tenant['user_id']}"
    truth = real.mailbox(tenant, tenant["user_id"])
    drawn = [one for one in truth["messages"] if one["recipe"] == "real"]

    texts = [graph.get(f"{box}/messages/{one['ordinary_id']}/$value").content for one in drawn]

    assert len(drawn) > 5
    assert {one["record"]["subject"] for one in drawn} <= {
        one["subject"] for one in graph.value(f"{box}/messages?$top=100")
    }
    for text in texts:
        assert b"\nFrom: " in text
        assert {domain.rpartition(b".")[2] for domain in re.findall(rb"@([\w.-]+\.\w+)", text)} <= {b"example"}
    assert real.mailbox(tenant, tenant["user_id"]) == truth
