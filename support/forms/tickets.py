"""What partners type about tickets."""

from django import forms

from accounts.forms.fields import LongSelect, RowField, refuse_control_characters
from accounts.forms.once import OnceForm
from accounts.models import Membership, User
from accounts.models.membership import MembershipQuerySet
from accounts.models.user import UserQuerySet
from organizations.models import Organization
from organizations.models.organization import OrganizationQuerySet
from support.forms.files import FilesField
from support.models.message import LONGEST_TEXT
from support.models.ticket import Priority, Topic


class MessageForm(OnceForm):
    """A text and files, which make one message."""

    body = forms.CharField(
        label="Comment",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write what you want to say."},
    )
    files = FilesField()

    def clean(self) -> dict:
        values = super().clean()
        if self.errors and values.get("files"):
            self.add_error("files", "Choose the files again; a browser forgets them when something else is wrong.")
        return values


class TicketForm(MessageForm):
    """The fields of a new ticket."""

    subject = forms.CharField(
        label="Subject",
        max_length=200,
        validators=[refuse_control_characters],
        error_messages={"required": "Say in a few words what it is about."},
    )
    topic = forms.ChoiceField(label="Product", choices=Topic.choices)
    priority = forms.ChoiceField(label="Priority", choices=Priority.choices, initial=Priority.NORMAL)
    client = forms.CharField(
        label="Client",
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"list": "clients", "autocomplete": "off"}),
        help_text="Its name or Client ID, if this is about one of your clients.",
    )

    field_order = ["subject", "topic", "priority", "client", "body", "files", "submission"]

    def __init__(self, *args, clients: OrganizationQuerySet, **kwargs) -> None:
        """Take ``clients``, those the person may see, as the only ones a ticket can be about."""
        super().__init__(*args, **kwargs)
        self.clients = clients
        self.fields["body"].label = "Description"
        self.fields["body"].widget.attrs["rows"] = 8
        self.fields["body"].help_text = "What happened, since when, what you tried. Markdown works."
        self.fields["body"].error_messages["required"] = "Describe what happened."

    def clean_client(self) -> Organization | None:
        """Return the one client the words name; an exact name wins over those that hold it."""
        words = self.cleaned_data["client"].strip()
        if not words:
            return None
        found = list(self.clients.filter(name__iexact=words)[:2]) or list(self.clients.matching(words)[:2])
        if not found:
            raise forms.ValidationError("No client has this name or Client ID.")
        if len(found) > 1:
            raise forms.ValidationError("More than one client fits. Enter the Client ID.")
        return found[0]


class TicketFilter(forms.Form):
    """By what the list of tickets is narrowed. A value that makes no sense is left out."""

    topic = forms.ChoiceField(label="Product", required=False, choices=[("", "Every product"), *Topic.choices])
    priority = forms.ChoiceField(label="Priority", required=False, choices=[("", "Every priority"), *Priority.choices])
    person = RowField(queryset=User.objects.none(), required=False, empty_label="Everybody", label="Asked by")
    client = forms.CharField(
        label="Client",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": "Name or Client ID"}),
    )

    def __init__(self, *args, people: UserQuerySet, may_name_clients: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people
        if not may_name_clients:
            del self.fields["client"]
        for field in self.fields.values():
            field.widget.attrs["class"] = "input-small"

    def wanted(self) -> dict:
        """Return the values that make sense."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class WatcherForm(forms.Form):
    """Which colleague is mailed too."""

    member = RowField(queryset=Membership.objects.none(), label="Colleague", widget=LongSelect, empty_label="Choose…")

    def __init__(self, *args, colleagues: MembershipQuerySet, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = colleagues
        self.fields["member"].error_messages["required"] = "Choose a colleague."
