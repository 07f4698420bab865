"""Fields that several forms share draw what Django's own would."""

import pytest
from django import forms
from django.test import SimpleTestCase

from accounts.countries import country_choices
from accounts.forms.fields import LongSelect, time_zone_choices

ODD = [("", "Choose…"), ('"><b>', "<b>A & B</b>"), ("GB", "United Kingdom"), (7, "Seven")]


@pytest.mark.parametrize("chosen", ["", "GB", 7, '"><b>', "nothing of these", None])
@pytest.mark.parametrize("attrs", [{}, {"id": "place", "disabled": True, "required": False, "hx-get": '"><i>'}])
def test_a_long_choice_is_drawn_like_a_short_one(chosen, attrs):
    ours, djangos = (kind(choices=ODD, attrs=attrs).render("place", chosen) for kind in (LongSelect, forms.Select))

    SimpleTestCase().assertHTMLEqual(ours, djangos)
    assert "<b>" not in ours
    assert "<i>" not in ours


def test_every_country_and_zone_is_there_once():
    countries, zones = dict(country_choices()), dict(time_zone_choices(empty="Like my company"))

    assert (countries[""], countries["GB"], len(countries)) == ("Choose…", "United Kingdom", len(country_choices()))
    assert (zones[""], zones["America/New_York"]) == ("Like my company", "America/New York")
    assert len(zones) == len(time_zone_choices()) + 1
