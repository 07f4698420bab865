"""Cursors, ghosts, and several writers at once: what counts, counts whole, and nothing else does."""

import io
import threading

import pytest
from django.db import connection

from backups.models import VaultBlob, VaultOrganization, VaultPack, VaultVersion
from backups.tests.vaults import (
    ACME,
    BOLT,
    EVAS_MAIL,
    NOW,
    back_up,
    contents_of,
    fixed_bytes,
    make_vault,
    read,
    version_of,
)
from backups.vault import lookups
from backups.vault.errors import ReuseLost, Superseded
from backups.vault.recipe import referenced_ids
from backups.vault.writer import Writer

pytestmark = pytest.mark.django_db(transaction=True)
PHOTO = fixed_bytes("photo", 400_000)


@pytest.fixture
def vault(tmp_path):
    return make_vault(tmp_path / "vault")


def test_the_cursor_is_stored_with_what_it_closes_or_not_at_all(vault):
    def save():
        VaultOrganization.objects.create(organization=BOLT, head_digest=b"a cursor", created_at=NOW)
        if is_broken:
            raise ConnectionError("the database restarts")

    is_broken = True
    writer = Writer(vault)
    writer.put(EVAS_MAIL, "a", b"one")
    writer.cursor(save)
    with pytest.raises(ConnectionError):
        writer.commit()
    assert not VaultOrganization.objects.filter(organization=BOLT).exists()
    assert contents_of(vault, EVAS_MAIL) == {}

    is_broken = False
    with Writer(vault) as writer:
        writer.put(EVAS_MAIL, "a", b"one")
        writer.cursor(save)
    assert VaultOrganization.objects.filter(organization=BOLT).exists()
    assert contents_of(vault, EVAS_MAIL) == {"a": b"one"}


def test_an_error_in_the_job_commits_nothing(vault):
    def job():
        with Writer(vault) as writer:
            writer.put(EVAS_MAIL, "a", b"one")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        job()

    assert lookups.head(ACME)[0] == 0
    assert contents_of(vault, EVAS_MAIL) == {}


def test_a_writer_that_has_ended_takes_nothing_more(vault):
    with Writer(vault) as writer:
        pass

    with pytest.raises(RuntimeError, match="begin a new one"):
        writer.put(EVAS_MAIL, "a", b"one")


@pytest.mark.parametrize("answers", [[False], [True, False]], ids=["before the commit", "inside the transaction"])
def test_a_ghost_that_lost_its_job_cannot_commit(vault, answers):
    with pytest.raises(Superseded), Writer(vault, holds=lambda: answers.pop(0)) as ghost:
        ghost.put(EVAS_MAIL, "a", b"late")

    assert lookups.head(ACME)[0] == 0
    assert contents_of(vault, EVAS_MAIL) == {}
    assert not VaultPack.objects.exists()
    assert [entry.name for entry in vault.store.list(f"{ACME}/commits")] == []


def test_two_writers_at_once_both_count_and_the_chain_has_no_fork(vault):
    shared = {f"shared {number}": fixed_bytes(f"shared {number}", 5_000) for number in range(40)}

    def work(who):
        try:
            for turn in range(4):
                with Writer(vault, commit_objects=30) as writer:
                    for name, content in shared.items():
                        writer.put(f"mail/{who}", name, content)
                    writer.put(f"mail/{who}", "own", fixed_bytes(f"{who} {turn}", 9_000))
        except BaseException as problem:
            problems.append(problem)
            raise
        finally:
            connection.close()

    problems: list[BaseException] = []
    threads = [threading.Thread(target=work, args=(who,)) for who in ("eva", "ida", "ole")]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert problems == []
    for who in ("eva", "ida", "ole"):
        assert contents_of(vault, f"mail/{who}") == {**shared, "own": fixed_bytes(f"{who} 3", 9_000)}
    numbers = sorted(entry.name.split("/")[-1].split(".")[0] for entry in vault.store.list(f"{ACME}/commits"))
    assert [int(number) for number in numbers] == list(range(1, lookups.head(ACME)[0] + 1))


def test_two_writers_on_the_same_object_leave_one_version_standing(vault):
    with Writer(vault) as late:
        late.put(EVAS_MAIL, "a", b"from the late one")
        # The late one has looked up that nothing is there.
        late.settle()
        back_up(vault, EVAS_MAIL, {"a": b"from the quick one"})

    assert read(vault, EVAS_MAIL, "a") == b"from the late one"
    assert [bytes(one) for one in VaultVersion.objects.filter(to_commit=2).values_list("meta", flat=True)] == [b""]
    assert read(vault, EVAS_MAIL, "a", 1) == b"from the quick one"


def test_what_is_doomed_is_stored_anew_and_never_referred_to(vault):
    back_up(vault, EVAS_MAIL, {"photo": PHOTO})
    VaultPack.objects.update(doomed_at=NOW)

    back_up(vault, "mail/ida", {"photo": PHOTO})

    doomed = VaultPack.objects.filter(doomed_at=NOW).values("id")
    needed, _ = referenced_ids(version_of(vault, "mail/ida", "photo").recipe)
    assert read(vault, "mail/ida", "photo") == PHOTO
    assert VaultBlob.objects.filter(id__in=needed).exclude(pack__in=doomed).count() == len(needed)


def test_parts_of_a_large_content_that_were_given_up_on_the_way_are_noticed(vault):
    film = fixed_bytes("film", 60 << 20)

    class Watched(io.BytesIO):
        def read(self, length=-1):
            if self.tell() > 50 << 20:
                VaultPack.objects.update(doomed_at=NOW)
            return super().read(length)

    # By a commit on the way or by the last one, whichever comes first after they were given up.
    writer = Writer(vault, commit_packs=1)
    with pytest.raises(ReuseLost):  # noqa: PT012
        writer.put("drive/eva", "film", Watched(film))
        writer.commit()

    assert contents_of(vault, "drive/eva") == {}


def test_a_commit_that_refers_to_what_was_doomed_meanwhile_is_refused_whole(vault):
    back_up(vault, EVAS_MAIL, {"photo": PHOTO})

    writer = Writer(vault)
    writer.put("mail/ida", "photo", PHOTO)
    writer.settle()
    VaultPack.objects.update(doomed_at=NOW)
    with pytest.raises(ReuseLost):
        writer.commit()

    assert contents_of(vault, "mail/ida") == {}
    back_up(vault, "mail/ida", {"photo": PHOTO})
    assert read(vault, "mail/ida", "photo") == PHOTO
