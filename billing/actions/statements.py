"""Mailing a statement to some of those who may see it."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import Membership, User
from billing.books import Statement
from billing.money_words import amount_words
from notifications import billing_emails


@transaction.atomic
def email_statement(
    statement: Statement, *, people: Iterable[Membership], currency: str, address: str, actor: User, now: datetime
) -> None:
    """Mail the figures of a statement and the link to it to people of one partner. ``address`` is its path here."""
    people = list(people)
    for member in people:
        _mail(statement, member, currency=currency, address=address)
    names = ", ".join(sorted(member.user.full_name for member in people))
    details = {"day": statement.on.isoformat(), "to": names}
    audit.record("billing.statement_emailed", partner_id=people[0].partner_id, actor=actor, at=now, details=details)


def _mail(statement: Statement, member: Membership, *, currency: str, address: str) -> None:
    person, age = member.user, statement.ageing
    billing_emails.statement(
        to=person.email, name=person.first_name, partner=member.partner.name, on=statement.on,
        standing=statement.standing, balance=amount_words(statement.amount, currency),
        overdue=amount_words(age.overdue, currency) if age.overdue else "",
        deposits=amount_words(age.unused, currency) if age.unused else "",
        statement_url=f"{settings.BASE_URL}{address}", time_zone=person.time_zone or "UTC",
    )  # fmt: skip
