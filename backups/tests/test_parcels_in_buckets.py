"""A parcel in a bucket that locks what vaults keep: it is handed out from there, and its end is not held up."""

from datetime import timedelta

from backups.engine.parcels import KIND, end_parcels, read_parcel, write_parcel
from backups.models import Parcel
from backups.tests.killing import free
from backups.tests.vaults import fixed_bytes
from backups.vault.stores.open import open_store
from jobs import claims
from jobs.models import Job

pytest_plugins = ["backups.tests.store_places"]


def test_no_lock_keeps_what_was_handed_out(locked_bucket, cast, acme, noon, monkeypatch):
    address = locked_bucket.address(lock_days="1")
    for name, value in {**locked_bucket.environment, "VAULT_STORE": address}.items():
        monkeypatch.setenv(name, value)
    content, store = fixed_bytes("export", 3_000), open_store(address)

    with write_parcel(
        organization=acme, person=cast["ada"].user, name="a.zip", media_type="application/zip",
        expires_at=noon + timedelta(days=7), clock=lambda: noon, part_size=1_000,
    ) as writer:  # fmt: skip
        writer.write(content)

    parcel = Parcel.objects.get(pk=writer.parcel.pk)
    assert b"".join(read_parcel(parcel, 500, 1_700)) == content[500:2_200]
    assert len(list(store.list("parcels"))) == 3
    end_parcels(noon + timedelta(days=7))
    job = Job.objects.get(kind=KIND)
    free(job)
    claims.run(job.pk)
    assert list(store.list("parcels")) == []
    assert not Parcel.objects.exists()
