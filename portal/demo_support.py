"""Contacts and tickets of the demo: a few that wait for each side, one that is settled."""

from datetime import datetime, timedelta
from uuid import uuid4

from accounts.models import Membership, Partner, User
from organizations.models import Organization
from support.actions.contacts import save_contact
from support.actions.messages import add_comment, add_note, answer_ticket
from support.actions.tickets import create_ticket
from support.models import CannedAnswer, Contact, Ticket
from support.models.ticket import Priority, State, Topic

_F = Contact.Function
# function, name, mail, phone, hours, time zone, whether for this partner alone
_CONTACTS = (
    (_F.ACCOUNT_MANAGER, "Nora Feld", "nora.feld@portico.example", "020 7946 0140",
     "Monday to Friday, 09:00 to 17:30", "Europe/London", True),
    (_F.PARTNER_SUCCESS, "Malik Stone", "malik.stone@portico.example", "020 7946 0141",
     "Monday to Thursday, 08:00 to 16:00", "Europe/London", True),
    (_F.SUPPORT, "Support desk", "support@portico.example", "0800 555 0148", "Every day, at all hours", "UTC", False),
    (_F.CUSTOMER_SERVICE, "Customer service", "service@portico.example", "720 555 0150",
     "Monday to Friday, 08:00 to 17:00", "America/Denver", False),
    (_F.BILLING, "Ines Moreau", "billing@portico.example", "", "Monday to Friday, 09:00 to 12:00",
     "America/Denver", False),
)  # fmt: skip
_CANNED = (
    ("Authorize again", "Microsoft withdrew our permission. Please open the client, **Settings, Services**, and "
     "authorize again. Nothing that was saved is lost."),
    ("Ask for the report", "Please send us the backup report of that day: **Reports**, the day, *Download*."),
)  # fmt: skip


def furnish_support(
    *, partner: Partner, people: dict[str, User], clients: list[Organization], staff: User, now: datetime
) -> None:
    """Give the demo's partner contacts and tickets; ``people`` are its members by first name."""
    for function, name, email, phone, hours, zone, is_own in _CONTACTS:
        contact = Contact(
            function=function, name=name, email=email, phone=phone, hours=hours, time_zone=zone,
            partner=partner if is_own else None,
        )  # fmt: skip
        save_contact(contact=contact, actor=staff, now=now)
    CannedAnswer.objects.bulk_create(CannedAnswer(title=title, body=body) for title, body in _CANNED)
    _Tickets({name: partner.memberships.get(user=user) for name, user in people.items()}, staff, now).write(clients)


class _Tickets:
    def __init__(self, people: dict[str, Membership], staff: User, now: datetime) -> None:
        self.people, self.staff, self.now = people, staff, now

    def write(self, clients: list[Organization]) -> None:
        """Ask and answer, oldest first."""
        old = self.asked("Ada", "Where do I see who restored what?", Topic.PORTAL, Priority.LOW, None, 9 * 24,
                         "A client asks who restored a mailbox in September.")  # fmt: skip
        self.answered(old, 9 * 24 - 1, "Open the client, then **Audit log**, and choose *Restores*.", State.SOLVED)
        invoice = self.asked("Cora", "Invoice address has our old street", Topic.BILLING, Priority.LOW, None, 70,
                             "We moved to 14 Harbour Row. Invoices still name the old street.")  # fmt: skip
        self.noted(invoice, 69, "Changed in the accounts system, waits for the next run.")
        archive = self.asked("Ada", "Move one person’s archive to another mailbox", Topic.CLOUD_BACKUP,
                             Priority.NORMAL, clients[6], 26,
                             "A director leaves. Her archive has to go to her successor:\n\n1. all folders\n"
                             "2. with their dates\n\nIs a restore to another person the right way?")  # fmt: skip
        self.answered(archive, 25, "It is: choose *Restore to* and the successor. Everything arrives in a folder of "
                      "its own, dates stay.", State.WAITING_FOR_PARTNER)  # fmt: skip
        self.commented(archive, "Ada", 2, "That worked for the mailbox. Can the archive go the same way?")
        urgent = self.asked("Ben", "Graph answers 403 for every mailbox", Topic.CLOUD_BACKUP, Priority.URGENT,
                            clients[8], 5, "Since Sunday 16:40 every mailbox of Ironbridge Fabrication fails with "
                            "`403 ErrorAccessDenied`. Calendar and OneDrive work.")  # fmt: skip
        self.answered(urgent, 4.7, "Thanks, Ben. Their tenant got an application access policy on Sunday that allows "
                      "only one named app to read mail. Ours is not in it.\n\nA Global Administrator of Ironbridge "
                      "can add it in two minutes. Nothing saved is lost.", State.WAITING_FOR_PARTNER)  # fmt: skip
        self.commented(urgent, "Ada", 3.5, "Policy changed with their administrator on the phone. Can you see whether "
                       "the next run gets through?")  # fmt: skip
        self.answered(urgent, 0.3, "It does: 9 of 64 mailboxes are through. I keep this open until the report of "
                      "tonight is green.", State.WAITING_FOR_PARTNER)  # fmt: skip

    def at(self, hours_ago: float) -> datetime:
        return self.now - timedelta(hours=hours_ago)

    def asked(self, who: str, subject: str, topic: str, priority: str, client, hours_ago: float, body: str) -> Ticket:
        return create_ticket(
            membership=self.people[who], subject=subject, topic=topic, priority=priority, organization=client,
            body=body, files=[], submission=uuid4(), now=self.at(hours_ago),
        )  # fmt: skip

    def answered(self, ticket: Ticket, hours_ago: float, body: str, state: str) -> None:
        answer_ticket(
            ticket=ticket, actor=self.staff, body=body, files=[], state=state, submission=uuid4(),
            now=self.at(hours_ago),
        )  # fmt: skip

    def commented(self, ticket: Ticket, who: str, hours_ago: float, body: str) -> None:
        add_comment(
            ticket=ticket, membership=self.people[who], body=body, files=[], submission=uuid4(), now=self.at(hours_ago)
        )

    def noted(self, ticket: Ticket, hours_ago: float, body: str) -> None:
        add_note(ticket=ticket, actor=self.staff, body=body, files=[], submission=uuid4(), now=self.at(hours_ago))
