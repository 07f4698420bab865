"""Acme Dental has a tenant at the simulated Microsoft, and lets Portico's backup app read it."""

import os
import tarfile
from pathlib import Path

import pytest

from portal.tests.simulator import Simulator, SimulatorProcess, drop_database
from simulators.tests.clients import Graph
from simulators.tests.csdl import Description
from simulators.tests.published import ARCHIVE

CORPORA = Path(
    os.environ.get("SIMULATOR_CORPORA") or Path(__file__).resolve().parents[2].parent / "shared/data/corpora"
)


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """The folder with Microsoft's files."""
    folder = tmp_path_factory.mktemp("graph")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="session")
def description(published):
    return Description(published / "v1.0.csdl")


@pytest.fixture
def dental(microsoft):
    """The facts of Acme Dental's tenant; its backup app has every role it asks for."""
    tenant = microsoft.add_tenant("Acme Dental", "acme-dental.example", "tiny", seed=1)
    microsoft.consent(tenant, microsoft.apps["backup"].client_id)
    return tenant


@pytest.fixture
def graph(microsoft, dental):
    """Graph, as Portico sees Acme Dental's tenant."""
    return Graph(microsoft, dental)


@pytest.fixture
def truth(microsoft, dental):
    """Return what Acme Dental's tenant really holds, asked for when called."""
    return lambda: microsoft.manifest(dental)


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
