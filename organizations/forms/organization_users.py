"""Forms about the users of a client."""

from django import forms

from accounts.forms.people import NewPersonForm, PersonNameForm


class OrganizationUserCreateForm(NewPersonForm):
    """The fields of the screen "Create User": first name, last name, email address."""

    field_order = ["first_name", "last_name", "email", "is_personal"]


class OrganizationUserForm(PersonNameForm):
    """The name, the only thing about a user that others may change."""


class SecondFactorForm(forms.Form):
    """Whether everyone at the organization needs a second factor."""

    is_required = forms.BooleanField(required=False)
