"""The countries of the world, as forms offer and pages and invoices name them."""

import unicodedata
from functools import lru_cache

import pycountry


@lru_cache(maxsize=1)
def country_choices() -> tuple[tuple[str, str], ...]:
    """Return the countries of ISO 3166-1 by name, with an empty one first."""
    names = [(c.alpha_2, getattr(c, "common_name", c.name)) for c in pycountry.countries]
    return ("", "Choose…"), *sorted(names, key=lambda pair: unicodedata.normalize("NFKD", pair[1]))
