"""Mail, calendars and contacts of a simulated mailbox, for the tests of the contract."""

from backups.connectors.base import Refusal
from backups.connectors.contract import Source
from backups.connectors.microsoft365.mail import MailConnector
from backups.tests.connector_contract import Subject, Truth, subject

# Folders that a mailbox has and nobody is shown.
HIDDEN_FOR_GOOD = {"recoverableitemsroot", "recoverableitemspurges", "recoverableitemsversions"}


class Outlook(Subject):
    """Something of the mailbox of the ordinary user."""

    @property
    def user(self) -> str:
        return self.tenant["user_id"]

    @property
    def source(self) -> Source:
        return Source(self.user, "USER", address=self.tenant["user_upn"])

    def forget(self) -> None:
        self.mutate({"op": "forget_cursors", "user": self.user})

    def without(self) -> Source:
        users = self.simulator.manifest(self.tenant)["users"]
        return Source(next(user["id"] for user in users if user["kind"] == "on_premises"), "USER")

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
    changes_path = "/mailFolders/[^/]+/messages/delta"
    content_path = r"/messages/[^/]+/\$value"

    def truth(self) -> dict[str, Truth]:
        return {
            message["id"]: Truth(
                message["folder_id"],
                {"mime": Refusal.CORRUPT if "refused" in message else message["mime"]["sha256"]},
            )
            for message in self.held("messages")
        }

    def some_message(self, place: str = "inbox", number: int = 0) -> str:
        """Return a message of a folder."""
        folder = self.folder(place)
        return [message["id"] for message in self.held("messages") if message["folder_id"] == folder][number]

    def new(self) -> None:
        self.mutate({"op": "receive_mail", "user": self.user, "recipe": "files"})

    def changed(self) -> None:
        message = self.some_message()
        self.mutate({"op": "update_message", "user": self.user, "message": message, "set": {"subject": "Another"}})

    def moved(self) -> None:
        self.mutate({"op": "move_message", "user": self.user, "message": self.some_message(), "folder": "archive"})

    def deleted(self) -> None:
        message = self.some_message()
        self.mutate({"op": "delete_message", "user": self.user, "message": message, "how": "purge"})
