"""What a worker prepared for Ada reaches Ada, whole and to the byte, and nobody else; and nothing of it stays."""

from datetime import timedelta

import pytest

import sealing
from backups.engine.parcels import (
    KIND,
    ParcelDamaged,
    ParcelEnded,
    end_parcel,
    end_parcels,
    read_parcel,
    write_parcel,
)
from backups.models import Parcel, VaultOrganization
from backups.tests.killing import free
from backups.tests.vaults import back_up, fixed_bytes, make_vault, read
from backups.vault.checking import Level, check
from backups.vault.collecting import Terms, collect
from backups.vault.stores.local import LocalStore
from jobs import claims
from jobs.models import Job

SMALL = 100


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("VAULT_STORE", f"file://{tmp_path / 'vault'}?create=yes&reserve_mb=0")
    return LocalStore(tmp_path / "vault", create=True, reserve=0)


@pytest.fixture
def parcel_for(cast, acme, noon, store):
    """Return what makes a parcel of some content for somebody of the cast."""

    def _parcel_for(who, content=b"", pieces=None, clock=lambda: noon):
        with write_parcel(
            organization=acme, person=cast[who].user, name="export.zip", media_type="application/zip",
            expires_at=noon + timedelta(days=7), clock=clock, part_size=SMALL,
        ) as writer:  # fmt: skip
            for piece in pieces or [content[at : at + 37] for at in range(0, len(content), 37)]:
                writer.write(piece)
        return Parcel.objects.get(pk=writer.parcel.pk)

    return _parcel_for


def _clear():
    job = Job.objects.get(kind=KIND, state=Job.State.QUEUED)
    free(job)
    claims.run(job.pk)


def _names(store):
    return [entry.name for entry in store.list("parcels")]


@pytest.mark.parametrize("length", [0, 1, SMALL - 1, SMALL, SMALL + 1, 3 * SMALL, 777])
def test_ada_gets_every_byte_and_every_range_of_what_a_worker_wrote_for_her(parcel_for, cast, store, length, noon):
    content = fixed_bytes("export", length)

    parcel = parcel_for("ada", content)

    assert (parcel.size, parcel.parts) == (length, max(-(-length // SMALL), 1))
    assert b"".join(read_parcel(parcel)) == content
    for begin, wanted in [(0, 1), (SMALL - 1, 2), (50, 200), (length - 1, 10), (length, 5), (SMALL, SMALL)]:
        if begin >= 0:
            assert b"".join(read_parcel(parcel, begin, wanted)) == content[begin : begin + wanted]
    assert not any(len(piece) > SMALL for piece in read_parcel(parcel))
    assert content[:20] not in b"".join(store.get(name) for name in _names(store)) or length < 20
    visible = {who: Parcel.objects.visible_to(cast[who]).fetchable(noon).count() for who in cast}
    assert visible == {"ada": 1, "ben": 0, "cora": 0, "otto": 0, "pia": 0, "rita": 0}


def test_what_is_altered_swapped_cut_or_from_another_parcel_is_never_handed_out(parcel_for, store):
    content = fixed_bytes("export", 3 * SMALL)
    parcel, other = parcel_for("ada", content), parcel_for("ada", content)
    first, second, last = [name for name in _names(store) if str(parcel.uuid) in name]
    kept = {name: store.get(name) for name in (first, second, last)}

    def put(name, sealed):
        store.delete(name)
        store.put_if_absent(name, sealed)

    flipped = bytearray(kept[second])
    flipped[7] ^= 1
    foreign = store.get(next(name for name in _names(store) if str(other.uuid) in name and name.endswith("1")))
    for wrong in (bytes(flipped), kept[first], foreign, kept[second][:-1]):
        put(second, wrong)
        pieces = read_parcel(parcel)
        assert next(pieces) == content[:SMALL]
        with pytest.raises(ParcelDamaged):
            next(pieces)
    put(second, kept[second])
    # Whoever alters the row as well still cannot make two thirds of it look like all.
    parcel.parts, parcel.size = 2, 2 * SMALL
    with pytest.raises(ParcelDamaged):
        b"".join(read_parcel(parcel))


def test_the_key_dies_with_its_time_and_the_bytes_follow(parcel_for, store, noon):
    parcel, younger = parcel_for("ada", bytes(250)), parcel_for("ben", bytes(50))
    Parcel.objects.filter(pk=younger.pk).update(expires_at=noon + timedelta(days=8))

    assert end_parcels(noon + timedelta(days=6)) == 0
    assert end_parcels(noon + timedelta(days=7)) == 1
    parcel.refresh_from_db()

    assert parcel.sealed_key == ""
    with pytest.raises(ParcelEnded):
        next(read_parcel(parcel))
    with pytest.raises(sealing.CannotUnseal):
        _ = parcel.key
    assert len(_names(store)) == 4
    _clear()
    assert [name.split("/")[2] for name in _names(store)] == [str(younger.uuid)]
    assert list(Parcel.objects.all()) == [younger]


def test_a_parcel_that_broke_off_was_killed_or_lost_its_client_is_fetched_by_nobody_and_cleared_away(
    parcel_for, acme, store, noon
):
    def breaking():
        yield from [bytes(250)]
        raise RuntimeError("The vault went away.")

    with pytest.raises(RuntimeError):
        parcel_for("ada", pieces=breaking())
    assert Parcel.objects.get().state == Parcel.State.ENDED
    killed, _ = parcel_for("ada", bytes(250)), parcel_for("ada", bytes(250))
    Parcel.objects.filter(pk=killed.pk).update(state=Parcel.State.WRITING)
    VaultOrganization.objects.create(organization=acme.uuid, created_at=noon, head_number=1, head_digest=b"")
    assert end_parcels(noon + timedelta(minutes=1)) == 1
    assert end_parcels(noon + timedelta(hours=2)) == 2
    VaultOrganization.objects.update(erased_at=noon)

    assert end_parcels(noon + timedelta(hours=2)) == 3
    _clear()

    assert not Parcel.objects.exists()
    assert _names(store) == []


def test_a_parcel_that_is_written_for_hours_is_not_taken_for_abandoned(parcel_for, noon):
    passed = [timedelta()]

    def slowly():
        for _ in range(5):
            passed.append(passed[-1] + timedelta(minutes=40))
            yield bytes(SMALL + 1)
            assert end_parcels(noon + passed[-1]) == 0

    parcel = parcel_for("ada", pieces=slowly(), clock=lambda: noon + passed[-1])

    assert parcel.state == Parcel.State.READY


def test_a_worker_that_wakes_up_after_its_parcel_was_ended_leaves_nothing_behind(parcel_for, store, noon):
    def interrupted():
        yield bytes(150)
        end_parcel(Parcel.objects.get())
        end_parcels(noon)
        _clear()
        yield bytes(150)

    with pytest.raises(ParcelEnded):
        parcel_for("ada", pieces=interrupted())

    assert _names(store) == []


def test_the_vaults_own_check_and_collection_take_no_parcel_for_theirs(parcel_for, cast, acme, store, tmp_path, noon):
    vault = make_vault(tmp_path / "vault", acme.uuid)
    back_up(vault, "mail/eva", {"record/1": b"one", "record/2": fixed_bytes("two", 5000)})
    parcel = parcel_for("ada", bytes(250))

    findings = [finding for level in Level for finding in check(vault, level, now=noon, sample=5)]
    collected = collect(vault, now=noon + timedelta(days=300), terms=Terms(grace=timedelta(hours=24)))

    assert (findings, list(collected.problems)) == ([], [])
    assert b"".join(read_parcel(parcel)) == bytes(250)
    assert read(vault, "mail/eva", "record/1") == b"one"
