"""Sentences as they stand in the mails of an office, drawn with dice."""

import random

from simulators.microsoft365.generator import names
from simulators.microsoft365.generator.people import folded

_TOPICS = (
    "the quarterly figures", "the offer for Harbour Street", "next week's rota", "the lease of the van", "the tariff",
    "the minutes of the meeting", "the invoice of March", "the audit", "the delivery to Leeds", "the website",
    "the holiday plan", "the broken projector", "the data protection form", "the price list", "the trainee's contract",
    "the fire drill", "the newsletter", "the supplier in Porto", "the warranty case", "the parking spaces",
)  # fmt: skip
_SENTENCES = (
    "I have looked at {topic} and it seems fine to me.",
    "Could you have another look at {topic} before Thursday?",
    "Attached is the latest state of {topic}.",
    "We are still waiting for an answer about {topic}.",
    "{name} called about {topic} and asked for a call back.",
    "Please keep this between us until {topic} is settled.",
    "The total comes to {amount} euros, which is {percent} per cent more than last year.",
    "Let us talk about {topic} at {hour} o'clock.",
    "Zusammengefaßt: über {topic} müssen wir noch sprechen, bevor {name} zurück ist.",
    "Merci d'avoir pensé à {topic}, c'est très utile.",
    "Nothing else changed since {name} wrote on the {day}th.",
    "I would rather not decide about {topic} without {name}.",
    "As agreed, the deadline moves to the {day}th.",
    "Thank you for the quick reply.",
)
_SUBJECTS = (
    "{topic}", "About {topic}", "Question: {topic}", "{topic}: next steps", "Urgent: {topic}", "Draft for {topic}",
    "{topic} ({day})", "Zusage – {topic}", "Notes on {topic}", "{topic} / {name}",
)  # fmt: skip
_GREETINGS = ("Hello", "Dear all", "Hi", "Good morning", "Liebe Kolleginnen und Kollegen", "Bonjour")
_CLOSINGS = ("Kind regards", "Best wishes", "Viele Grüße", "Thanks", "Cordialement")


def person_name(dice: random.Random) -> str:
    """Return the name of somebody."""
    return f"{dice.choice(names.GIVEN_NAMES)} {dice.choice(names.SURNAMES)}"


def outsider(dice: random.Random) -> tuple[str, str]:
    """Return name and address of somebody at another company."""
    name = person_name(dice)
    return name, f"{folded(name).replace(' ', '.')}@{dice.choice(names.GUEST_COMPANIES)}"


def colleague(dice: random.Random, domain: str) -> tuple[str, str]:
    """Return name and address of somebody at ``domain``."""
    name = person_name(dice)
    return name, f"{folded(name).replace(' ', '.')}@{domain}"


def subject(dice: random.Random) -> str:
    """Return a subject."""
    text = _filled(dice, dice.choice(_SUBJECTS))
    return text[0].upper() + text[1:]


def sentence(dice: random.Random) -> str:
    """Return a sentence."""
    text = _filled(dice, dice.choice(_SENTENCES))
    return text[0].upper() + text[1:]


def paragraph(dice: random.Random) -> str:
    """Return two to five sentences."""
    return " ".join(sentence(dice) for _ in range(dice.randrange(2, 6)))


def letter(dice: random.Random, to_name: str, from_name: str) -> list[str]:
    """Return the paragraphs of a whole letter."""
    greeting = f"{dice.choice(_GREETINGS)} {to_name.split(' ')[0]},"
    inner = [paragraph(dice) for _ in range(dice.randrange(1, 5))]
    return [greeting, *inner, f"{dice.choice(_CLOSINGS)}\n{from_name}"]


def _filled(dice: random.Random, pattern: str) -> str:
    return pattern.format(
        topic=dice.choice(_TOPICS),
        name=dice.choice(names.GIVEN_NAMES),
        amount=f"{dice.randrange(100, 99_999):,}",
        percent=dice.randrange(1, 40),
        hour=dice.randrange(8, 18),
        day=dice.randrange(4, 28),
    )
