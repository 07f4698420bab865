"""How many of something there are, in words that pages, mails and invoices share."""


def counted(number: int, noun: str) -> str:
    """Return "1 site", "1,204 sites"; ``noun`` in the singular, with a regular plural or that of "mailbox"."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun}{'es' if noun.endswith('x') else 's'}"
