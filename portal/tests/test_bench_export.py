"""What the benchmark of exports compares is the same on both sides, and it does not begin where there is no room."""

import pytest

from backups.models import Export
from backups.tests.conftest import vault_store  # noqa: F401
from backups.tests.exporting import unpacked, work
from portal.benchmarks.engine_tools import ToolFailed
from portal.benchmarks.export import _require_room
from portal.benchmarks.export_set import Set, large_set


@pytest.mark.django_db
def test_the_bare_zip_holds_the_bytes_that_an_export_hands_out(vault_store, tmp_path):  # noqa: F811
    content = Set(film_bytes=2_500_000, documents=2, document_bytes=1_100_000, mails=5, mail_texts=2, mail_bytes=3_000)

    export, _ = work(Export.objects.get(pk=content.furnish()))

    assert (export.state, export.objects_done) == (Export.State.DONE, content.objects)
    files, _ = unpacked(export)
    bare = [b"".join(pieces) for _, pieces in content.write_files(tmp_path / "files")]
    assert sorted(files.values()) == sorted(bare)
    assert sum(map(len, bare)) == content.bytes


def test_without_room_nothing_is_measured_and_it_says_how_much_is_needed(tmp_path):
    with pytest.raises(ToolFailed, match="are needed. Nothing was measured; make room"):
        _require_room(tmp_path, Set(10**18, 0, 0, 0, 0, 0))

    assert large_set().bytes == 10**10
