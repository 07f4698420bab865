"""Creating and editing the people of a company."""

from django import forms

from accounts.forms.fields import NameField, RowField, is_shared_mailbox, refuse_control_characters
from accounts.models import Membership, Partner, ResetRequest
from accounts.roles import PORTAL_ROLES, Product, Role

PRODUCT_NOTES = {Product.CLOUD_BACKUP: "All client organizations: search, restore, settings."}


class MemberForm(forms.Form):
    """Name, products and role; what an Administrator may change about a person."""

    first_name = NameField(label="First name")
    last_name = NameField(label="Last name")
    products = forms.MultipleChoiceField(
        choices=Product.choices, required=False, widget=forms.CheckboxSelectMultiple, label="Products"
    )
    role = forms.ChoiceField(
        choices=[(role.value, role.label) for role in PORTAL_ROLES],
        widget=forms.RadioSelect,
        initial=Role.BASIC,
        label="Permissions",
        error_messages={"required": "Choose one of the three roles."},
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_name", "last_name"):
            self.fields[name].widget.attrs["autocomplete"] = "off"


class MemberCreateForm(MemberForm):
    """The fields of the page "Create a new user account"."""

    email = forms.EmailField(
        label="Email address",
        max_length=254,
        help_text="The invitation goes here. It cannot be changed later.",
        validators=[refuse_control_characters],
        error_messages={"required": "Enter the person’s own email address."},
    )
    organization = RowField(
        queryset=Partner.objects.none(),
        label="Organization",
        empty_label=None,
        help_text=(
            "People of a client are created inside that client, under Settings, Users. They never enter this portal."
        ),
    )
    # Ticked by the person who read the warning about shared addresses and knows better.
    is_personal = forms.BooleanField(required=False, label="This is one person’s own address, although it looks shared")

    field_order = ["first_name", "last_name", "email", "organization", "products", "role"]

    def __init__(self, *args, membership: Membership, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.membership = membership
        self.fields["email"].widget.attrs["autocomplete"] = "off"
        self.fields["organization"].queryset = Partner.objects.visible_to(membership)
        self.fields["organization"].initial = membership.partner.uuid
        self.looks_shared = False

    def clean_email(self) -> str:
        return self.cleaned_data["email"].strip().lower()

    def clean(self) -> dict:
        values = super().clean()
        email = values.get("email", "")
        self.looks_shared = is_shared_mailbox(email)
        if self.looks_shared and not values.get("is_personal"):
            self.add_error("email", self._warning(values))
        return values

    def _warning(self, values: dict) -> str:
        first, last = values.get("first_name"), values.get("last_name")
        domain = values["email"].partition("@")[2]
        if first and last:
            example = f"{first}.{last}".lower().replace(" ", "")
            return f"This looks like a shared address. Enter {first}’s own, for example {example}@{domain}."
        return "This looks like a shared address. Enter the person’s own."


class ResetForm(forms.Form):
    """Why somebody shall start afresh; kept in the audit log and told to the person."""

    reason = forms.CharField(
        label="Reason",
        max_length=300,
        validators=[refuse_control_characters],
        help_text="The person reads it in the mail, for example: lost phone, called me this morning.",
        error_messages={"required": "Say in a few words why; the person will read it."},
    )

    def __init__(self, *args, what: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.what = ResetRequest.What(what)
