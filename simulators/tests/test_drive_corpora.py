"""Real documents in the drives of a tenant that wants them. Skipped where there are none at hand."""

import pytest

from simulators.microsoft365.drives.content.quick_xor import quick_xor_hash
from simulators.tests.clients import Graph, fetch
from simulators.tests.conftest import CORPORA

pytestmark = pytest.mark.skipif(not (CORPORA / "corpora.tar.xz").exists(), reason="there are no corpora at hand")


def test_documents_are_real_ones_with_their_true_hashes(real):
    tenant = real.add_tenant("Acme Dental", "acme-dental.example", "tiny", seed=1, corpora=True)
    real.consent(tenant, real.apps["backup"].client_id)
    graph = Graph(real, tenant)
    drive = graph.get(f"/users/{tenant['admin_id']}/drive").json()["id"]

    files = [entry for entry in graph.round(f"/drives/{drive}/root/delta")[0] if "file" in entry]
    contents = [fetch(entry["@microsoft.graph.downloadUrl"]).content for entry in files]

    assert len(files) == 9
    told = [(entry["size"], entry["file"]["hashes"]["quickXorHash"]) for entry in files]
    assert told == [(len(content), quick_xor_hash(content)) for content in contents]
    assert {len(content) for content in contents} != {0}
