"""Thousands of real mails, documents, calendars and contacts go in and come back byte for byte."""

import tarfile
from pathlib import Path

import pytest
from django.conf import settings

from backups.tests.vaults import make_vault, reader_of
from backups.vault import lookups
from backups.vault.writer import Writer

CORPORA = Path(settings.BASE_DIR).parent / "shared" / "data" / "corpora" / "corpora.tar.xz"


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not CORPORA.exists(), reason="the corpora are not beside the checkout")
def test_real_content_comes_back_byte_for_byte(tmp_path):
    vault = make_vault(tmp_path / "vault")
    contents = {}
    with tarfile.open(CORPORA) as corpora, Writer(vault) as writer:
        for member in corpora:
            if member.isfile():
                contents[member.name] = corpora.extractfile(member).read()
                writer.put("corpora", member.name, contents[member.name])

    reader, wrong, seen = reader_of(vault), [], 0
    for row in lookups.objects_of(vault.organization, "corpora"):
        seen += 1
        if reader.read(row.version) != contents[row.external_id]:
            wrong.append(row.external_id)

    assert wrong == []
    assert seen == len(contents) > 7_000
