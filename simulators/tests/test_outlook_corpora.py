"""Real mails, calendars and contacts in a tenant that wants them. Skipped where there are none at hand."""

import os
import re
from pathlib import Path

import pytest

from portal.tests.simulator import Simulator, SimulatorProcess, drop_database
from simulators.tests.clients import Graph

CORPORA = Path(
    os.environ.get("SIMULATOR_CORPORA") or Path(__file__).resolve().parents[2].parent / "shared/data/corpora"
)

pytestmark = pytest.mark.skipif(not (CORPORA / "corpora.tar.xz").exists(), reason="there are no corpora at hand")


@pytest.fixture
def real(simulator_process, microsoft, tmp_path):
    """A simulator of its own that knows where the corpora are."""
    server, _, name = simulator_process.database_url.rpartition("/")
    process = SimulatorProcess(tmp_path, f"{server}/{name}_corpora")
    process.environment["SIMULATOR_CORPORA"] = str(CORPORA)
    process.apps |= microsoft.apps
    process.apps.write()
    process.start()
    try:
        yield Simulator(process.url, process.apps)
    finally:
        process.stop()
        drop_database(process.database_url)


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
