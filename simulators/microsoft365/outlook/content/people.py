"""What a contact holds."""

from functools import cached_property

from simulators.microsoft365.generator import names
from simulators.microsoft365.generator.people import folded
from simulators.microsoft365.outlook.content import corpora
from simulators.microsoft365.outlook.content.dice import dice_for
from simulators.microsoft365.outlook.content.parts import picture
from simulators.microsoft365.outlook.models import Item

_STREETS = ("Harbour Street 7", "Rua das Flores 12", "Lindenstraße 3", "12 Bis, Rue de l'Église")
_CITIES = (("Leeds", "United Kingdom"), ("Porto", "Portugal"), ("Köln", "Germany"), ("Lyon", "France"))


class Card:
    """One contact, with what somebody set since."""

    def __init__(self, item: Item) -> None:
        self.item = item

    @cached_property
    def derived(self) -> dict:
        """The properties of Graph that the recipe makes."""
        item, dice = self.item, dice_for(self.item.id, self.item.edition)
        phone = f"+44 113 496 {dice.randrange(1000, 9999)}"
        if not item.recipe:
            return {}
        if "corpus" in item.facts:
            return corpora.contacts()[item.facts["corpus"]]
        if item.recipe == "nameless":
            return {"businessPhones": [phone]}
        company = dice.choice(names.GUEST_COMPANIES)
        if item.recipe == "company":
            name = company.partition(".")[0].title()
            return {"displayName": name, "companyName": name, "fileAs": name, "businessPhones": [phone]}
        given, surname = dice.choice(names.GIVEN_NAMES), dice.choice(names.SURNAMES)
        address = f"{folded(given)}.{folded(surname)}@{company}".replace(" ", "")
        city, country = dice.choice(_CITIES)
        return {
            "displayName": f"{given} {surname}",
            "givenName": given,
            "surname": surname,
            "fileAs": f"{surname}, {given}",
            "companyName": company.partition(".")[0].title(),
            "jobTitle": dice.choice(names.JOBS)[0],
            "emailAddresses": [{"name": f"{given} {surname}", "address": address}],
            "businessPhones": [phone],
            "mobilePhone": f"+44 7700 900{dice.randrange(100, 999)}" if dice.random() < 0.5 else None,
            "birthday": f"19{dice.randrange(50, 99)}-0{dice.randrange(1, 9)}-15T11:59:00Z",
            "personalNotes": f"Met in {city} 🌻" if dice.random() < 0.3 else "",
            "businessAddress": {"street": dice.choice(_STREETS), "city": city, "countryOrRegion": country},
        }

    @property
    def photo(self) -> bytes | None:
        """The photo, or None."""
        if self.item.mime is not None:
            return bytes(self.item.mime)
        edition = self.item.facts.get("photo")
        return picture(dice_for(self.item.id, "photo", edition)) if edition else None

    def value(self, name: str, default):
        """Return what was set, or derived, or else ``default``."""
        return self.item.values.get(name, self.derived.get(name, default))
