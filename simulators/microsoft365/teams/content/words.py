"""Sentences as people write them in a channel, drawn with dice."""

from random import Random

_TOPICS = (
    "the stock list", "the fitting in Harbour Street", "the new phone system", "next week's shifts", "the offer",
    "the print samples", "the meeting on Monday", "the server move", "the trade fair", "the customer from Leeds",
    "the coffee machine", "the quarterly report", "the spare keys", "the onboarding plan", "the broken van",
)  # fmt: skip
_SENTENCES = (
    "Has anybody heard about {topic}?",
    "I am on {topic} now.",
    "{topic} is done, please check.",
    "Can we move {topic} to {hour}:30?",
    "FYI: {topic} costs {amount} more than planned.",
    "Danke, {topic} übernehme ich.",
    "Who takes {topic}?",
    "Let us discuss {topic} tomorrow.",
    "No news about {topic} & nothing before Friday.",
    "+1 for {topic}",
)
_ANSWERS = ("Yes.", "Will do!", "Thanks a lot", "On it.", "No idea, sorry", "Genau.", "See above.", "👍 tomorrow then")
_SUBJECTS = ("Please read", "Minutes", "Question", "Weekly update", "Heads-up", "Übergabe")


def sentence(dice: Random) -> str:
    """Return a sentence."""
    text = dice.choice(_SENTENCES).format(
        topic=dice.choice(_TOPICS), hour=dice.randrange(8, 18), amount=f"{dice.randrange(100, 9999):,} €"
    )
    return text[0].upper() + text[1:]


def paragraph(dice: Random) -> str:
    """Return one to three sentences."""
    return " ".join(sentence(dice) for _ in range(dice.randrange(1, 4)))


def answer(dice: Random) -> str:
    """Return a short answer."""
    return dice.choice(_ANSWERS) if dice.random() < 0.5 else sentence(dice)


def subject(dice: Random) -> str:
    """Return the title of a post."""
    return dice.choice(_SUBJECTS)
