"""What was really backed up of a client comes back as files that other programs read."""

import csv
import hashlib
import io
import mailbox
from email.utils import parseaddr

import icalendar
import pytest

from accounts.models import AuditEntry
from backups.models import Container, Export
from backups.tests.backing_up import back_up, kept, mailboxes, protect
from backups.tests.connectors_teams import Teams
from backups.tests.exporting import ask, unpacked, work
from backups.tests.looks import connected, look
from organizations.models import Item, Policy

pytestmark = pytest.mark.django_db(transaction=True)


def _sha256(content):
    return hashlib.sha256(content).hexdigest()


def _by_id(lines):
    found = {}
    for line in lines:
        if not line["path"].endswith("/"):
            found.setdefault(line["id"], []).append(line)
    return found


def test_a_persons_data_comes_back_as_mails_events_contacts_and_files(source, vault_store, acme, cast, clock, tmp_path):
    tenant = connected(source, acme, size={"users": 2, "teams": 0, "sites": 0})
    look(tenant)
    facts = source.control(f"/tenants/{tenant.tenant_id}")
    protect(tenant, facts["user_upn"])
    back_up(tenant, clock)
    otto = Item.objects.get(address=facts["user_upn"])
    box = mailboxes(source, tenant)[otto.remote_id]
    ada = cast["ada"].user

    export, _ = work(ask(acme, ada, item=otto, what="Everything of Otto"))

    files, lines = unpacked(export)
    told = _by_id(lines)
    assert {path.split("/")[0] for path in files} == {facts["user_upn"]}
    assert {path.split("/")[1] for path in files} == {"Mail", "Calendar", "Contacts", "OneDrive"}
    for line in (line for line in lines if not line["problem"] and not line["path"].endswith("/")):
        assert _sha256(files[line["path"]]) == line["sha256"]
        assert len(files[line["path"]]) == line["size"]
    _compare_mails(box, told)
    _compare_files(source, tenant, otto, told)
    _compare_events(tenant, otto, files, told)
    _compare_contacts(tenant, otto, files, told)
    assert export.objects_done + export.objects_failed == len({line["id"] for line in lines})
    _compare_mbox(acme, ada, otto, box, tmp_path)
    assert AuditEntry.objects.filter(action="export.started", organization_id=acme.pk).count() == 2


def _compare_mails(box, told):
    for one, truth in box.items():
        (line,) = told[one]
        if "mime" in truth:
            assert (line["sha256"], line["original_sha256"], line["problem"]) == (truth["mime"]["sha256"],) * 2 + ("",)
            assert line["path"].endswith(".eml")
        else:
            assert line["problem"]


def _compare_files(source, tenant, otto, told):
    (drive,) = [one for one in source.drives(tenant.tenant_id, user=otto.remote_id)["drives"] if not one["system"]]
    compared = 0
    for truth in drive["items"]:
        if truth["kind"] == "file" and not truth["malware"]:
            (line,) = told[truth["id"]]
            assert (line["sha256"], line["problem"]) == (truth["sha256"], "")
            compared += 1
    assert compared > 20


def _compare_events(tenant, otto, files, told):
    container = Container.objects.get(item=otto, kind="CALENDAR")
    series = 0
    for one, (_, record, parts) in kept(tenant, container).items():
        (line,) = [line for line in told[one] if line["path"].endswith(".ics")]
        calendar = icalendar.Calendar.from_ical(files[line["path"]])
        first, *others = calendar.walk("VEVENT")
        assert str(first["uid"]) == record["iCalUId"]
        assert str(first["summary"]) == " ".join((record["subject"] or "").split()) or record["subject"]
        if not record["isAllDay"] and record["originalStartTimeZone"] != "tzone://Microsoft/Custom":
            assert first.start.utcoffset() is not None
        if record["type"] == "seriesMaster":
            series += 1
            assert "rrule" in first
            originals = sorted(item["recurrence-id"].dt.isoformat() for item in others)
            assert len(originals) == len(record.get("exceptionOccurrences", []))
        attached = {_sha256(parts[part]) for part in parts}
        assert {line["sha256"] for line in told[one] if not line["path"].endswith(".ics")} == attached
        assert len(calendar.walk("VTIMEZONE")) <= 1
    assert series


def _compare_contacts(tenant, otto, files, told):
    container = Container.objects.get(item=otto, kind="CONTACTS")
    for one, (_, record, parts) in kept(tenant, container).items():
        (line,) = told[one]
        card = files[line["path"]].decode()
        assert card.startswith("BEGIN:VCARD\r\nVERSION:4.0\r\n")
        assert all(len(row.encode()) <= 75 for row in card.split("\r\n"))
        whole = card.replace("\r\n ", "")
        assert ("PHOTO:data:image/" in whole) == ("photo" in parts)
        for address in record["emailAddresses"]:
            assert address["address"] in whole


def _compare_mbox(acme, ada, otto, box, tmp_path):
    export, _ = work(ask(acme, ada, item=otto, kinds=["MAIL"], mail_format="MBOX"))
    files, _ = unpacked(export)
    count = 0
    for number, (path, content) in enumerate(sorted(files.items())):
        assert path.endswith(".mbox")
        (tmp_path / f"{number}.mbox").write_bytes(content)
        read = mailbox.mbox(tmp_path / f"{number}.mbox")
        count += len(read)
        assert all(parseaddr(message.get_from().split(" ")[0])[1] for message in read)
    assert count == sum("mime" in one for one in box.values())


def test_sites_and_teams_come_back_as_tables_pages_and_transcripts(source, vault_store, acme, cast, clock):
    Policy.objects.filter(organization=acme).update(mail=False, calendar=False, contacts=False, onedrive=False)
    tenant = connected(source, acme, size={"users": 2, "teams": 1, "sites": 1})
    look(tenant)
    site = Item.objects.filter(connection=tenant, kind="SITE", presence="PRESENT").order_by("name").first()
    chosen = Item.objects.filter(connection=tenant, kind="TEAM") | Item.objects.filter(pk=site.pk)
    Item.objects.filter(connection=tenant).update(is_chosen=False, chosen_by="")
    Item.objects.filter(pk__in=[one.pk for one in chosen]).update(is_chosen=True, chosen_by="PERSON", skipped_as="")
    back_up(tenant, clock)
    team = Teams(source, source.control(f"/tenants/{tenant.tenant_id}"))

    export, _ = work(ask(acme, cast["ada"].user))

    files, lines = unpacked(export)
    assert export.state in (Export.State.DONE, Export.State.PARTIAL)
    _compare_site(source, tenant, site, files, _by_id(lines))
    _compare_team(team, files, _by_id(lines))


def _table(content):
    return {cells["Id"]: cells for cells in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))}


def _compare_site(source, tenant, site, files, told):
    truth = source.drives(tenant.tenant_id, site=site.remote_id)
    for one in (one for one in truth["lists"] if not one["hidden"]):
        rows = {}
        for row in one["items"]:
            (line,) = told[f"{one['id']}/{row['id']}"]
            rows = rows or _table(files[line["path"]])
            title = row["fields"].get("Title")
            if isinstance(title, str):
                assert {title, f"'{title}"} & set(rows[row["id"]].values())
        assert len(rows) == len(one["items"])
    for page in truth["pages"]:
        (line,) = told[f"{page['container']}/pages/{page['id']}"]
        assert line["path"].endswith(".html")
        assert b"<script" not in files[line["path"]]
    compared = 0
    for drive in (drive for drive in truth["drives"] if not drive["system"]):
        for one in drive["items"]:
            if one["kind"] == "file" and not one["malware"]:
                (line,) = told[f"{drive['id']}/{one['id']}"]
                assert line["sha256"] == one["sha256"]
                compared += 1
    assert compared


def _compare_team(team, files, told):
    pictures = 0
    for one, truth in team.truth().items():
        mine = told[one]
        assert not any(line["problem"] for line in mine)
        pictures += len(truth.parts)
        assert set(truth.parts.values()) <= {line["sha256"] for line in mine}
    assert pictures
    transcripts = {name: content.decode() for name, content in files.items() if name.endswith("Transcript.html")}
    assert len(transcripts) > 1
    for name, page in transcripts.items():
        folder = name.rpartition("/")[0]
        assert "<article>" in page
        assert page.endswith("</body></html>\n")
        assert "<script" not in page
        for shown in page.split('src="')[1:]:
            assert f"{folder}/{shown.partition(chr(34))[0]}" in files
