"""A one-node Ceph with its S3 gateway: the one real server with enforced object lock that Debian has.

Needs the programs of the packages radosgw, ceph-mon, ceph-osd, ceph-mgr and ceph-common, about 1 GB of memory and half
a minute. Everything lies in one folder and listens on the loopback address; all processes die with the tests.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from backups.vault.stores.s3_requests import Identity
from portal.launcher.processes import dying_with_parent

PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "ceph-mgr", "ceph-authtool", "monmaptool", "radosgw", "radosgw-admin")
PATIENCE = 120
_ALL = ("mon", "allow *")
_CAPABILITIES = {
    "mon.": _ALL,
    "client.admin": (*_ALL, "osd", "allow *", "mgr", "allow *"),
    "osd.0": ("mon", "allow profile osd", "mgr", "allow profile osd", "osd", "allow *"),
    "mgr.x": ("mon", "allow profile mgr", "osd", "allow *"),
    "client.rgw": ("mon", "allow rwx", "osd", "allow rwx", "mgr", "allow rw"),
}


@dataclass(frozen=True)
class Ceph:
    """A running gateway and an ordinary user of it."""

    endpoint: str
    identity: Identity


@contextmanager
def one_node_ceph(folder: Path) -> Iterator[Ceph]:
    """Start everything in ``folder``, yield when the gateway answers, and stop it; skip where a program is missing."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"Not installed: {', '.join(missing)} (Debian: radosgw ceph-mon ceph-osd ceph-mgr ceph-common)")
    node = _Node(folder)
    try:
        node.start()
        yield Ceph(node.endpoint, node.make_user())
    finally:
        node.stop()


class _Node:
    def __init__(self, folder: Path) -> None:
        self.folder, self.id = folder, str(uuid.uuid4())
        self.monitor_port, self.old_monitor_port, self.gateway_port = _free_ports(3)
        self.endpoint = f"http://127.0.0.1:{self.gateway_port}"
        self.processes: list[subprocess.Popen] = []

    def start(self) -> None:
        for name in ("mon", "osd", "mgr", "rgw", "run", "log"):
            (self.folder / name).mkdir()
        self._write_configuration()
        self._make_keys()
        monitor = f"[v2:127.0.0.1:{self.monitor_port},v1:127.0.0.1:{self.old_monitor_port}]"
        self._run("monmaptool", "--create", "--fsid", self.id, "--addv", "a", monitor, "monmap")
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "keyring")
        self._begin("ceph-mon", "-i", "a")
        self._wait_for(lambda: self._asked("ceph", "quorum_status"))
        self._begin("ceph-mgr", "-i", "x")
        disk = str(uuid.uuid4())
        self._run("ceph", "osd", "new", disk, "0")
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk)
        self._begin("ceph-osd", "-i", "0")
        self._wait_for(lambda: "1 up" in self._asked("ceph", "osd", "stat"))
        self._begin("radosgw", "-n", "client.rgw")
        self._wait_for(self._gateway_answers)

    def make_user(self) -> Identity:
        identity = Identity("acme-key", "acme-secret-key")
        keys = ("--access-key", identity.access_key, "--secret-key", identity.secret_key)
        self._run("radosgw-admin", "user", "create", "--uid", "acme", "--display-name", "Acme Dental", *keys)
        return identity

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self.processes):
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()

    def _write_configuration(self) -> None:
        folder, port = self.folder, self.monitor_port
        (folder / "ceph.conf").write_text(
            f"""[global]
fsid = {self.id}
mon_host = [v2:127.0.0.1:{port},v1:127.0.0.1:{self.old_monitor_port}]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
keyring = {folder}/keyring
run_dir = {folder}/run
admin_socket = {folder}/run/$name.asok
log_file = {folder}/log/$name.log
mon_data = {folder}/mon
osd_data = {folder}/osd
mgr_data = {folder}/mgr
rgw_data = {folder}/rgw
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
bluestore_block_size = {20 * 2**30}
osd_memory_target = {2**30}
[mon.a]
host = localhost
[client.rgw]
# Without tcp_nodelay a ranged read takes 48 ms instead of 2.
rgw_frontends = beast endpoint=127.0.0.1:{self.gateway_port} tcp_nodelay=1
"""
        )

    def _make_keys(self) -> None:
        self._run("ceph-authtool", "--create-keyring", "keyring")
        for name, words in _CAPABILITIES.items():
            pairs = zip(words[::2], words[1::2], strict=True)
            capabilities = [word for pair in pairs for word in ("--cap", *pair)]
            self._run("ceph-authtool", "keyring", "--gen-key", "-n", name, *capabilities)

    def _command(self, program: str, *arguments: str) -> list[str]:
        # The two small tools know no configuration.
        settings = [] if program in ("ceph-authtool", "monmaptool") else ["-c", str(self.folder / "ceph.conf")]
        return [program, *settings, *arguments]

    def _run(self, program: str, *arguments: str) -> None:
        command = self._command(program, *arguments)
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, f"{program} {' '.join(arguments)}: {done.stderr[-2000:]}"

    def _begin(self, program: str, *arguments: str) -> None:
        with (self.folder / "log" / f"{program}.out").open("wb") as output:
            self.processes.append(
                subprocess.Popen(
                    [*self._command(program, *arguments), "-f"],
                    cwd=self.folder,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    preexec_fn=dying_with_parent(signal.SIGKILL),
                    env={**os.environ, "CEPH_CONF": str(self.folder / "ceph.conf")},
                )
            )

    def _asked(self, program: str, *arguments: str) -> str:
        command = self._command(program, "--connect-timeout", "5", *arguments)
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=PATIENCE).stdout

    def _gateway_answers(self) -> bool:
        try:
            return httpx.get(self.endpoint, timeout=5).status_code in (200, 403)
        except httpx.TransportError:
            return False

    def _wait_for(self, condition: Callable[[], object]) -> None:
        until = time.monotonic() + PATIENCE
        while not condition():
            ended = [process.args[0] for process in self.processes if process.poll() is not None]
            assert not ended, f"{ended} ended; see {self.folder}/log"
            assert time.monotonic() < until, f"Ceph did not come up in {PATIENCE} s; see {self.folder}/log"
            time.sleep(0.2)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
