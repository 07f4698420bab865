"""Names of exported files and cells, whatever people at Acme Dental called things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.cells import safe_cell
from backups.content.names import LONGEST_NAME, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Offer 2026.pdf", "Offer 2026.pdf"),
        (".gitignore", ".gitignore"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\Temp\\a.txt", "C__Temp_a.txt"),
        ("Re: prices?.eml", "Re_ prices_.eml"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1 .log", "_com1 .log"),
        ("LPT¹", "_LPT¹"),
        ("console.log", "console.log"),
        ("ends with dots. . .", "ends with dots"),
        ("...", "unnamed"),
        ("", "unnamed"),
        (" \t\n", "unnamed"),
        ("gnp\u202etxt.exe", "gnptxt.exe"),
        ("nul\0l.txt", "null.txt"),
        ("half \ud83d.txt", "half .txt"),
        ("Cafe\u0301.txt", "Café.txt"),
    ],
)
def test_a_name_is_taken_by_every_system(name, safe):
    assert safe_name(name) == safe


def test_a_long_name_keeps_its_ending_and_whole_characters():
    assert safe_name("ä" * 400 + ".docx") == "ä" * 72 + ".docx"
    assert safe_name("🌻" * 100) == "🌻" * 37


def test_names_that_only_differ_by_case_or_spelling_are_numbered():
    used: set[str] = set()

    names = [
        safe_name(name, used=used) for name in ("Plan.pdf", "plan.PDF", "Plan.pdf", "Plan (2).PDF", "Pla\u006e.pdf")
    ]

    assert names == ["Plan.pdf", "plan (2).PDF", "Plan (3).pdf", "Plan (2) (2).PDF", "Plan (4).pdf"]


def test_two_thousand_mails_of_one_subject_get_names_of_their_own():
    used: set[str] = set()

    names = {safe_name("Re: your order" + "!" * 200 + ".eml", used=used) for _ in range(2_000)}

    assert len({name.casefold() for name in names}) == 2_000
    assert all(len(name.encode()) <= LONGEST_NAME and name.endswith(".eml") for name in names)


@given(st.text())
def test_whatever_somebody_calls_a_file_its_name_is_safe_and_stays_so(name):
    safe = safe_name(name)

    assert 0 < len(safe.encode()) <= LONGEST_NAME
    assert not set(safe) & set('\\/:*?"<>|\0\u202e')
    assert safe == safe.strip().rstrip(". ")
    assert safe not in (".", "..")
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+49 30 12", "'+49 30 12"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        ("-12.50", "-12.50"),
        (-5, "-5"),
        (None, ""),
        (True, "True"),
        ("a\0b", "ab"),
        ("Ada = Administrator", "Ada = Administrator"),
    ],
)
def test_no_cell_of_an_export_is_taken_for_a_formula(value, cell):
    assert safe_cell(value) == cell
