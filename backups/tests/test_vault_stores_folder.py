"""A folder as Acme's store: planted links, full and read-only disks, errors at every step, what a dead process left."""

import errno
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from backups.vault.errors import (
    AlreadyThere,
    NotInStore,
    StoreFull,
    StoreProblem,
    StoreReadOnly,
    StoreUnavailable,
)
from backups.vault.stores.local import A_DAY, LocalStore
from backups.vault.stores.power_loss import SimulatedFiles

PACK, OTHER = "acme/packs/ab/abcd", "acme/packs/cd/cdef"


@pytest.fixture
def root(tmp_path) -> Path:
    LocalStore(tmp_path / "store", create=True, reserve=0)
    return tmp_path / "store"


@pytest.fixture
def store(root) -> LocalStore:
    return LocalStore(root, reserve=0)


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 64 MB, which only root can mount."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"A small disk cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def read_only(folder: Path):
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    yield
    subprocess.run(["mount", "-o", "remount,rw", folder], check=True)


def names_in(store: LocalStore) -> list[str]:
    return [entry.name for entry in store.list()]


def leftovers(root: Path) -> list[str]:
    folder = root / ".tmp"
    return os.listdir(folder) if folder.exists() else []


def test_a_link_planted_in_place_of_an_object_is_not_followed(store, root, tmp_path):
    (tmp_path / "secret").write_bytes(b"the operator's own file")
    (root / "acme/packs/ab").mkdir(parents=True)
    (root / PACK).symlink_to(tmp_path / "secret")

    with pytest.raises(StoreProblem):
        store.get(PACK)
    with pytest.raises(StoreProblem):
        store.get_range(PACK, 0, 3)
    with pytest.raises(AlreadyThere):
        store.put_if_absent(PACK, b"mine")

    assert names_in(store) == []
    assert (tmp_path / "secret").read_bytes() == b"the operator's own file"
    store.delete(PACK)
    assert (tmp_path / "secret").exists()
    assert not (root / PACK).is_symlink()


def test_a_link_planted_in_place_of_a_folder_leads_nowhere(store, root, tmp_path):
    (tmp_path / "elsewhere/ab").mkdir(parents=True)
    (tmp_path / "elsewhere/ab/abcd").write_bytes(b"outside")
    (root / "acme").mkdir()
    (root / "acme/packs").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(StoreProblem):
        store.get(PACK)
    with pytest.raises(StoreProblem):
        store.put_if_absent(OTHER, b"mine")
    store.delete(PACK)

    assert names_in(store) == []
    assert [path.name for path in (tmp_path / "elsewhere").rglob("*")] == ["ab", "abcd"]


def test_a_pipe_planted_in_place_of_an_object_does_not_stop_us(store, root):
    (root / "acme/packs/ab").mkdir(parents=True)
    os.mkfifo(root / PACK)

    with pytest.raises(NotInStore):
        store.get(PACK)

    assert names_in(store) == []


def test_a_name_below_another_object_is_refused(store):
    store.put_if_absent(PACK, b"sealed")

    with pytest.raises(StoreProblem):
        store.put_if_absent(f"{PACK}/more", b"x")

    assert store.get(PACK) == b"sealed"
    assert names_in(store) == [PACK]


def test_a_file_cannot_be_written_to_again_by_its_owner(store, root):
    store.put_if_absent(PACK, b"sealed")

    assert (root / PACK).stat().st_mode & 0o777 == 0o400
    assert (root / "acme").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_no_store_is_not_taken_for_an_empty_one(tmp_path):
    for folder in (tmp_path, tmp_path / "never", Path("/dev/null")):
        with pytest.raises(StoreUnavailable, match="not mounted"):
            LocalStore(folder)


def test_a_disk_that_is_gone_is_not_an_empty_store(store, root, tmp_path):
    store.put_if_absent(PACK, b"sealed")
    root.rename(tmp_path / "unplugged")
    root.mkdir()

    for call in (
        lambda: store.get(PACK),
        lambda: store.list(),
        lambda: store.put_if_absent(OTHER, b"x"),
        lambda: store.delete(PACK),
    ):
        with pytest.raises(StoreUnavailable, match="not mounted"):
            call()

    assert list(root.iterdir()) == []


def test_what_a_dead_process_left_is_invisible_and_swept_after_a_day(root):
    code = f"""
import os, signal
from pathlib import Path
from backups.vault.stores.local import LocalStore

def dying():
    yield b"x" * 100_000
    os.kill(os.getpid(), signal.SIGKILL)

LocalStore(Path({str(root)!r}), reserve=0).put_if_absent({PACK!r}, dying())
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == -9
    [left] = leftovers(root)
    os.utime(root / ".tmp" / left, (1_000_000, 1_000_000))

    younger = LocalStore(root, reserve=0, clock=lambda: 1_000_000.0 + A_DAY)
    assert names_in(younger) == []
    younger.put_if_absent(PACK, b"whole")
    assert leftovers(root) == [left]
    LocalStore(root, reserve=0, clock=lambda: 1_000_001.0 + A_DAY).put_if_absent(OTHER, b"next")

    assert leftovers(root) == []
    assert names_in(younger) == [PACK, OTHER]


def test_the_reserve_is_never_written_into(small_disk):
    store = LocalStore(small_disk / "store", create=True, reserve=40 * 2**20)
    store.put_if_absent(PACK, b"x" * 2**20)

    with pytest.raises(StoreFull) as refused:
        store.put_if_absent(OTHER, b"x" * 30 * 2**20)

    assert refused.value.name == OTHER
    assert names_in(store) == [PACK]
    store.put_if_absent(OTHER, b"x" * 2**20)


def test_a_real_disk_that_fills_up_in_the_middle_keeps_what_was_there_and_nothing_half(small_disk):
    store = LocalStore(small_disk / "store", create=True, reserve=0)
    store.put_if_absent(PACK, b"sealed" * 1000)

    written = 0

    def fill() -> None:
        nonlocal written
        while True:
            store.put_if_absent(f"acme/packs/{written:02}/a", iter([b"y" * 2**20] * 7))
            written += 1

    with pytest.raises(StoreFull) as refused:
        fill()

    assert 5 <= written <= 9
    assert "make room" in str(refused.value)
    assert [entry.size for entry in store.list()] == [7 * 2**20] * written + [6000]
    assert store.get(PACK) == b"sealed" * 1000
    assert leftovers(small_disk / "store") == []
    store.delete("acme/packs/00/a")
    store.put_if_absent(f"acme/packs/{written:02}/a", [b"y" * 2**20] * 7)


def test_a_real_disk_that_turned_read_only_can_still_be_read(small_disk):
    store = LocalStore(small_disk / "store", create=True, reserve=0)
    store.put_if_absent(PACK, b"sealed")

    with read_only(small_disk):
        with pytest.raises(StoreReadOnly) as refused:
            store.put_if_absent(OTHER, b"x")
        with pytest.raises(StoreReadOnly):
            store.delete(PACK)
        assert LocalStore(small_disk / "store").get(PACK) == b"sealed"

    assert refused.value.name == OTHER
    store.put_if_absent(OTHER, b"x")


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (errno.ENOSPC, StoreFull), (errno.EDQUOT, StoreFull), (errno.EROFS, StoreReadOnly),
        (errno.EACCES, StoreReadOnly), (errno.EIO, StoreUnavailable), (errno.ESTALE, StoreUnavailable),
    ],
)  # fmt: skip
def test_an_error_at_any_step_is_named_and_leaves_all_or_nothing(number, error):
    def filled() -> tuple[SimulatedFiles, LocalStore]:
        disk = SimulatedFiles()
        store = LocalStore(files=disk, create=True)
        store.put_if_absent(PACK, b"sealed")
        return disk, store

    disk, store = filled()
    before = len(disk.log)
    store.put_if_absent(OTHER, [b"new", b"er"])
    steps = len(disk.log) - before
    for step in range(steps):
        disk, store = filled()
        disk.fail_at = {before + step: number}
        is_last = step == steps - 1

        if is_last:
            # Taking the temporary name away is no part of the promise.
            store.put_if_absent(OTHER, [b"new", b"er"])
        else:
            with pytest.raises(error) as refused:
                store.put_if_absent(OTHER, [b"new", b"er"])
            assert refused.value.name == OTHER

        assert store.get(PACK) == b"sealed"
        assert [entry.size for entry in store.list() if entry.name == OTHER] in ([], [5])
        try:
            store.put_if_absent(OTHER, [b"new", b"er"])
        except AlreadyThere:
            pass
        assert store.get(OTHER) == b"newer"

    assert steps >= 7
