"""Mail, calendars and contacts of a simulated mailbox, for the tests of the contract."""

from backups.connectors.base import Refusal
from backups.connectors.contract import Source
from backups.connectors.microsoft365.calendar import CalendarConnector
from backups.connectors.microsoft365.contacts import ContactsConnector
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.mail import MailConnector
from backups.tests.connector_contract import Copy, Subject, Truth, subject
from portal.tests.simulator import Simulator

BERLIN = "W. Europe Standard Time"
TIMES = {"start": "09", "end": "10"}
# Not kept, or not told by the ground truth.
UNCOMPARED = {
    "changeKey", "body", "bodyPreview", "webLink", "attachments", "@odata.type", "meetingMessageType", "originalStart",
}  # fmt: skip


class Outlook(Subject):
    """Something of somebody's mailbox, of the ordinary user's unless it says whose."""

    def __init__(self, simulator: Simulator, tenant: dict, user: str = "") -> None:
        super().__init__(simulator, tenant)
        self.user = user or tenant["user_id"]

    @property
    def source(self) -> Source:
        return Source(self.user, "USER")

    def copy(self, graph: Graph) -> Copy:
        """Return an empty backup of it."""
        return Copy(self.connector_class(graph), self.source, self.compared)

    def change(self, operation: str, **arguments) -> dict:
        """Let something happen to the mailbox."""
        return self.mutate({"op": operation, "user": self.user} | arguments)[0]

    def asked(self, since: int = 0) -> list[str]:
        """Return the paths that were asked for, in their order, from request ``since`` on."""
        return [entry["path"] for entry in self.simulator.log()][since:]

    def forget(self) -> None:
        self.change("forget_cursors")

    def without(self) -> Source:
        users = self.simulator.manifest(self.tenant)["users"]
        return Source(next(user["id"] for user in users if user["kind"] == "on_premises"), "USER")

    def compared(self, record: dict) -> object:
        return {name: value for name, value in record.items() if name not in UNCOMPARED}

    def held(self, kind: str) -> list[dict]:
        """Return what the mailbox holds of a kind."""
        return self.simulator.mailbox(self.tenant, self.user)[kind]

    def folder(self, name: str) -> str:
        """Return the id of a mail folder by its well-known name."""
        return next(folder["id"] for folder in self.held("folders") if folder["well_known"] == name)


@subject
class Mail(Outlook):
    name = "mail"
    connector_class = MailConnector
    role = "Mail.Read"
    mutations = ("new", "changed", "read", "moved", "deleted", "a_folder")
    changes_path = "/mailFolders/[^/]+/messages/delta"
    content_path = r"/messages/[^/]+/\$value"

    def truth(self) -> dict[str, Truth]:
        return {
            message["id"]: Truth(
                message["folder_id"],
                {"mime": Refusal.CORRUPT if "refused" in message else message["mime"]["sha256"]},
                record=self.compared(message["record"]),
            )
            for message in self.held("messages")
        }

    def compared(self, record: dict) -> object:
        # Where a message lies is told by its feed, and that it was touched by what was changed.
        record = super().compared(record)
        return {name: record[name] for name in record.keys() - {"parentFolderId", "lastModifiedDateTime"}}

    def some_message(self, place: str = "inbox", number: int = 0) -> str:
        """Return a message of a folder."""
        folder = self.folder(place)
        return [message["id"] for message in self.held("messages") if message["folder_id"] == folder][number]

    def new(self) -> None:
        self.change("receive_mail", recipe="files")

    def changed(self) -> None:
        message = self.some_message()
        self.change("update_message", message=message, set={"subject": "Another"})

    def moved(self) -> None:
        self.change("move_message", message=self.some_message(), folder="archive")

    def deleted(self) -> None:
        message = self.some_message()
        self.change("delete_message", message=message, how="purge")

    def read(self) -> None:
        self.change("mark_read", message=self.some_message(), read=False)

    def a_folder(self) -> None:
        """A folder comes, with a message in it, and another one goes with all it holds."""
        own = [one for one in self.held("folders") if one["kind"] == "mail" and not one["well_known"]]
        old = next(one["id"] for one in own if not one["hidden"])
        made = self.change("create_mail_folder", name="New", parent="inbox")
        self.mutate(
            {"op": "receive_mail", "user": self.user, "folder": made["id"]},
            {"op": "delete_mail_folder", "user": self.user, "folder": old, "hard": True},
        )


class Calendars(Outlook):
    """Calendars, whichever way their changes are read."""

    connector_class = CalendarConnector
    role = "Calendars.Read"
    content_path = r"/attachments/[^/]+/\$value"
    mutations = ("new", "changed", "left", "moved", "deleted", "a_series", "another_day", "no_day")

    def truth(self) -> dict[str, Truth]:
        return {
            event["id"]: Truth(
                event["folder_id"],
                {f"attachment:{part['id']}": part["sha256"] for part in event["parts"]},
                record=self.compared(event["record"]),
            )
            for event in self.held("events")
        }

    def compared(self, record: dict) -> object:
        found = super().compared(record)
        exceptions = [super(Calendars, self).compared(one) for one in record.get("exceptionOccurrences", [])]
        cancelled = found.get("cancelledOccurrences") or []
        return found | {"exceptionOccurrences": exceptions, "cancelledOccurrences": cancelled}

    def calendar(self, *, default: bool) -> str:
        """Return the id of the default calendar, or of the other one."""
        for one in self.held("folders"):
            # The one that is shared holds nothing here.
            is_own = one["kind"] == "calendar" and one["name"] in ("Calendar", "Private", "Projects", "Rota")
            if is_own and bool(one["well_known"]) == default:
                return one["id"]
        raise LookupError("There is no such calendar.")

    def some_event(self) -> str:
        """Return a single event of the default calendar, the latest one."""
        place = self.calendar(default=True)
        events = [event for event in self.held("events") if event["folder_id"] == place]
        singles = [event for event in events if event["record"]["type"] == "singleInstance"]
        return max(singles, key=lambda event: event["record"]["start"]["dateTime"])["id"]

    def new(self) -> None:
        self.change("create_event", recipe="files")

    def changed(self) -> None:
        self.change("update_event", event=self.some_event(), set={"subject": "Another"})

    def left(self) -> None:
        """An event leaves every window that anybody might look at."""
        times = {name: {"dateTime": f"1999-01-01T{hour}:00:00", "timeZone": "UTC"} for name, hour in TIMES.items()}
        self.change("update_event", event=self.some_event(), set=times)

    def moved(self) -> None:
        self.change("move_event", event=self.some_event(), calendar=self.calendar(default=False))

    def deleted(self) -> None:
        self.change("delete_event", event=self.some_event())

    def a_series(self) -> None:
        times = {name: {"dateTime": f"2027-03-01T{hour}:00:00", "timeZone": BERLIN} for name, hour in TIMES.items()}
        pattern = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"], "firstDayOfWeek": "monday"}
        bounds = {"type": "numbered", "startDate": "2027-03-01", "numberOfOccurrences": 10}
        recurrence = {"pattern": pattern, "range": bounds | {"recurrenceTimeZone": BERLIN}}
        self.series = self.change("create_event", set={"subject": "Round", "recurrence": recurrence} | times)["id"]

    def another_day(self) -> None:
        """One day of the series is different from the others."""
        self.change("update_event", event=self.series, day="2027-03-29", set={"subject": "Elsewhere"})

    def no_day(self) -> None:
        """One day of the series does not take place."""
        self.change("delete_event", event=self.series, day="2027-04-05")


@subject
class CalendarsByDelta(Calendars):
    """Calendars of a tenant that answers the change feed of all events."""

    name = "calendar by delta"
    changes_path = "/calendars/[^/]+/events/delta"

    def __init__(self, *where) -> None:
        super().__init__(*where)
        self.mutate({"op": "events_delta"})


@subject
class CalendarsByWindow(Calendars):
    """Calendars of a tenant that answers only that of a window."""

    name = "calendar by window"
    changes_path = "/calendars/[^/]+/events$"


@subject
class CalendarsByList(Calendars):
    """Calendars of a tenant that answers no change feed at all."""

    name = "calendar by list"
    changes_path = "/calendars/[^/]+/events$"
    forgets = False

    def __init__(self, *where) -> None:
        super().__init__(*where)
        self.simulator.fault({"status": 400}, path="/calendarView/delta")


@subject
class Contacts(Outlook):
    name = "contacts"
    connector_class = ContactsConnector
    role = "Contacts.Read"
    changes_path = "/contactFolders/[^/]+/contacts/delta"
    content_path = r"/photo/\$value"
    mutations = ("new", "changed", "photo", "no_photo", "moved", "deleted")

    def truth(self) -> dict[str, Truth]:
        return {
            contact["id"]: Truth(
                contact["folder_id"],
                {"photo": contact["photo"]["sha256"]} if "photo" in contact else {},
                record=self.compared(contact["record"]),
            )
            for contact in self.held("contacts")
        }

    def compared(self, record: dict) -> object:
        record = super().compared(record)
        return {name: record[name] for name in record.keys() - {"parentFolderId"}}

    def some_contact(self) -> str:
        """Return a contact of the default folder."""
        default = next(one["id"] for one in self.held("folders") if one["well_known"] == "contacts")
        return next(contact["id"] for contact in self.held("contacts") if contact["folder_id"] == default)

    def new(self) -> None:
        self.change("create_contact", photo=True)

    def changed(self) -> None:
        self.change("update_contact", contact=self.some_contact(), set={"displayName": "Somebody Else"})

    def photo(self) -> None:
        self.change("change_photo", contact=self.some_contact())

    def no_photo(self) -> None:
        self.change("change_photo", contact=self.some_contact(), remove=True)

    def moved(self) -> None:
        self.change("create_contact_folder", name="Suppliers")
        self.change("move_contact", contact=self.some_contact(), folder="Suppliers")

    def deleted(self) -> None:
        self.change("delete_contact", contact=self.some_contact())
