"""Whatever somebody writes into an address or a form of a client's pages is answered in words, and nothing begins."""

from itertools import cycle
from uuid import uuid4

import pytest
from django.urls import reverse

from backups import urls
from backups.models import Export, Restore, Run
from jobs.models import Job
from portal.tests.northwinds import OWNED_BY_NORTHWIND

# Every name that any of these pages reads.
NAMES = (
    "page", "show", "q", "tab", "sort", "ref", "compare", "item", "container", "feed", "folder", "point", "after",
    "who", "whom", "kind", "kinds", "since", "until", "attached", "larger", "look", "objects", "draft", "before", "to",
    "place", "conflict", "what", "do", "failure", "query", "snapshot", "mail_format", "version", "form",
    "report", "day", "month", "status", "format",
)  # fmt: skip
STRANGE = (
    "a\x00b", "x" * 10_000, "%_'\"--;", "<script>alert(1)</script>", "\u202etxt.exe", "-1", "9" * 40, "٣", "1:2:3",
    f"{uuid4()}:{uuid4()}:{2**63}", str(uuid4()), "2026-02-30", "", "[]", "👨‍👩‍👧",
)  # fmt: skip


FORMS = (
    "restore_plan",
    "export_start",
    "export_select",
    "object_download",
    "failure_change",
    "preview_open",
    "search_page",
)
READERS = (
    *FORMS,
    "accounts_report_file",
    "report_list",
    "browse",
    "coverage",
    "failure_list",
    "restore_detail",
    "run_detail",
    "search_owners",
    "stored",
)
ANSWERS = {200, 302, 400, 404, 405, 422}


@pytest.mark.django_db
@pytest.mark.parametrize("name", [one.name for one in urls.urlpatterns])
def test_meaningless_words_are_answered_and_begin_nothing(sign_in, cast, name):
    route = next(one for one in urls.urlpatterns if one.name == name)
    kwargs = {key: OWNED_BY_NORTHWIND[key](cast) for key in route.pattern.converters}
    address, ada = reverse(f"backups:{name}", kwargs=kwargs), sign_in("ada")
    before, others = _counts(), cycle(STRANGE)

    for strange in STRANGE if name in READERS else STRANGE[:3]:
        every = dict.fromkeys(NAMES, strange)
        assert ada.get(address, every, headers={"HX-Request": "true"}).status_code in ANSWERS, strange
        if name in FORMS:
            assert ada.post(address, every).status_code in ANSWERS, strange
    for one in NAMES if name in READERS else ():
        strange = next(others)
        assert ada.get(address, {one: strange}).status_code in ANSWERS, (one, strange)
    assert _counts() == before


def _counts():
    return Export.objects.count(), Restore.objects.count(), Run.objects.count(), Job.objects.count()
