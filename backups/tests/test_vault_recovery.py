"""Acme keeps a sheet of paper: with it and the passphrase its vault opens again, whatever became of the root key."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backups.tests.vaults import ACME, BOLT, ROOT, fixed_bytes
from backups.vault.errors import KeyMissing, KeyProblem, Swapped, WrongKey
from backups.vault.keys import new_keys, next_epoch, open_keys
from backups.vault.recovery import Cost, keys_on_sheet, records_on_sheet, write_sheet
from backups.vault.root_keys import HeldRootKeys

PASSPHRASE = "correct horse battery staple"
CHEAP = Cost(iterations=1, memory_kib=64, lanes=1)
KEYS, RECORD = new_keys(ACME, ROOT)
NEXT_KEYS, NEXT_RECORD = next_epoch(KEYS, ROOT)
A_DAY = date(2026, 10, 25)


def _sheet(records=(RECORD,), **options):
    return write_sheet(ACME, records, ROOT, PASSPHRASE, made_on=A_DAY, **{"cost": CHEAP, **options})


SHEET = _sheet()
CODED = [line for line in SHEET.splitlines() if line[:3].strip().isdecimal()]


def test_the_sheet_and_its_passphrase_give_the_keys_back():
    assert keys_on_sheet(SHEET, PASSPHRASE, organization=ACME) == KEYS
    assert f"Organization {ACME}" in SHEET
    assert "2026-10-25" in SHEET
    assert max(map(len, CODED)) < 80


def test_the_records_are_wrapped_by_another_root_key_from_then_on():
    new = HeldRootKeys([fixed_bytes("a new root key", 32)])

    organization, records = records_on_sheet(SHEET, PASSPHRASE, new)

    assert organization == ACME
    assert open_keys(ACME, records, new) == KEYS
    with pytest.raises(KeyMissing):
        open_keys(ACME, records, ROOT)


def test_a_sheet_made_after_a_rotation_opens_both_epochs():
    sheet = _sheet(records=[RECORD, NEXT_RECORD])

    keys = keys_on_sheet(sheet, PASSPHRASE, organization=ACME)

    assert keys == NEXT_KEYS
    assert "epochs 1, 2" in sheet


def test_the_passphrase_is_what_people_mean_by_it():
    accented = write_sheet(ACME, [RECORD], ROOT, "Käse über Brötchen", made_on=A_DAY, cost=CHEAP)

    assert keys_on_sheet(accented, " Ka\u0308se u\u0308ber Bro\u0308tchen\n", organization=ACME) == KEYS


@pytest.mark.parametrize("passphrase", ["Correct horse battery staple", "", "correct horse battery stapl"])
def test_another_passphrase_opens_nothing(passphrase):
    with pytest.raises(WrongKey, match="passphrase"):
        records_on_sheet(SHEET, passphrase, ROOT)


def test_a_short_passphrase_makes_no_sheet():
    with pytest.raises(KeyProblem, match="15 characters"):
        write_sheet(ACME, [RECORD], ROOT, "   14 letters..   ", made_on=A_DAY)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_slip_of_the_pen_is_told_by_its_line(data):
    number = data.draw(st.integers(0, len(CODED) - 1))
    line = CODED[number]
    places = [place for place, letter in enumerate(line) if place > 4 and letter != " "]
    place = data.draw(st.sampled_from(places))
    wrong = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567").filter(lambda one: one != line[place]))
    written = SHEET.replace(line, line[:place] + wrong + line[place + 1 :])

    with pytest.raises(KeyProblem, match=f"Line {number + 1} "):
        records_on_sheet(written, PASSPHRASE, ROOT)


@pytest.mark.parametrize("gone", range(len(CODED)))
def test_a_missing_line_is_told(gone):
    with pytest.raises(KeyProblem, match="missing"):
        records_on_sheet(SHEET.replace(CODED[gone] + "\n", ""), PASSPHRASE, ROOT)


def test_how_it_was_typed_does_not_matter():
    typed = "\n".join(line.lower().replace("o", "0").replace("i", "1").replace("b", "8") for line in CODED)
    squeezed = "\n".join(f"{line[:3].strip()}. {line[3:].replace(' ', '')}" for line in CODED)

    assert keys_on_sheet(typed, PASSPHRASE, organization=ACME) == KEYS
    assert keys_on_sheet(squeezed, PASSPHRASE, organization=ACME) == KEYS


@pytest.mark.parametrize("text", ["", "nothing like a sheet", "  1  AAAA", "1 " + "A" * 44])
def test_what_is_no_sheet_is_refused(text):
    with pytest.raises(KeyProblem):
        records_on_sheet(text, PASSPHRASE, ROOT)


def test_a_sheet_of_another_organization_is_refused():
    with pytest.raises(Swapped):
        keys_on_sheet(SHEET, PASSPHRASE, organization=BOLT)


def test_a_sheet_cannot_ask_for_all_the_memory_of_the_machine():
    with pytest.raises(KeyProblem, match="more memory"):
        records_on_sheet(_sheet(cost=Cost(iterations=101, memory_kib=64, lanes=1)), PASSPHRASE, ROOT)


def test_a_guess_costs_what_it_should():
    assert Cost() == (3, 64 << 10, 4)
    assert keys_on_sheet(_sheet(cost=None), PASSPHRASE, organization=ACME) == KEYS


def test_nothing_readable_is_on_the_sheet():
    body = "".join("".join(line.split()[1:-1]) for line in CODED)

    assert KEYS.identity.hex() not in SHEET
    assert len(body) > 300
    assert _sheet() != SHEET
