"""Creating and editing the people of a company."""

from django import forms

from accounts.forms.fields import RowField, refuse_control_characters
from accounts.forms.people import NewPersonForm, PersonNameForm
from accounts.models import Membership, Partner, ResetRequest
from accounts.roles import PORTAL_ROLES, Product, Role

PRODUCT_NOTES = {Product.CLOUD_BACKUP: "All client organizations: search, restore, settings."}


class MemberForm(PersonNameForm):
    """Name, products and role; what an Administrator may change about a person."""

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


class MemberCreateForm(NewPersonForm, MemberForm):
    """The fields of the page "Create a new user account"."""

    organization = RowField(
        queryset=Partner.objects.none(),
        label="Organization",
        empty_label=None,
        help_text=(
            "People of a client are created inside that client, under Settings, Users. They never enter this portal."
        ),
    )

    field_order = ["first_name", "last_name", "email", "organization", "products", "role"]

    def __init__(self, *args, membership: Membership, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = Partner.objects.visible_to(membership)
        self.fields["organization"].initial = membership.partner.uuid


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
