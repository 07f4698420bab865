"""What people wrote becomes HTML that is not much larger than what they wrote."""

import pytest

from notifications.markdown import MOST_CELLS, as_html


def table(columns, rows, row="|\n"):
    return "|a" * columns + "|\n" + "|-" * columns + "|\n" + row * rows


@pytest.mark.parametrize(
    "text",
    [table(1200, 7000), f"{table(60, 60)}\n" * 50, "> " + table(60, 3000).replace("\n", "\n> "), "- a\n" * 5000],
)
def test_no_text_of_twenty_thousand_characters_becomes_a_megabyte(text):
    made = as_html(text[:20_000])

    # Ten bytes a cell, and as much again.
    assert len(made) < 20 * MOST_CELLS


def test_a_table_is_one_up_to_the_bound_and_a_text_beyond_it():
    small, large = as_html(table(9, 400, "|1\n")), as_html(table(10, 600, "|1\n"))

    assert small.count("<tr>") == 401
    assert "<table>" not in large
    assert large.count("|1") == 600
