"""Fields that several forms of people and companies share."""

import unicodedata
from datetime import date
from functools import lru_cache
from uuid import UUID
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Mailboxes that are read by several people. Support answers the person who wrote; a shared address has none.
SHARED_MAILBOXES = frozenset(
    "abuse accounting accounts admin administrator all billing contact desk help helpdesk hello hr info it "
    "itsupport mail marketing monitoring msp no-reply noc noreply office operations ops postmaster reception "
    "root sales security service servicedesk staff support sysadmin team tech technician webmaster".split()
)


def is_shared_mailbox(email: str) -> bool:
    """Return whether an address looks as if several people read it, such as support@ or it-helpdesk@."""
    local = email.partition("@")[0].partition("+")[0].casefold()
    squeezed = local.replace(".", "").replace("_", "").replace("-", "")
    return local in SHARED_MAILBOXES or squeezed in SHARED_MAILBOXES


def refuse_control_characters(value: str) -> None:
    """Raise ValidationError for line breaks and other invisible characters: names end up in mail headers."""
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in value):
        raise ValidationError("Leave out line breaks and invisible characters.")


def refuse_links(value: str) -> None:
    """Raise ValidationError for text that a mail program would turn into a link: names stand in invitations."""
    if "://" in value or "www." in value.casefold():
        raise ValidationError("Enter a name, not an address of a web page.")


class NameField(forms.CharField):
    """A person's or a company's name: one line, trimmed, in composed form."""

    def __init__(self, *, max_length: int = 80, **kwargs) -> None:
        super().__init__(max_length=max_length, strip=True, **kwargs)
        self.validators += [refuse_control_characters, refuse_links]
        self.error_messages["required"] = f"Enter {self.label.lower()}." if self.label else "Enter a name."

    def to_python(self, value: str | None) -> str:
        return unicodedata.normalize("NFC", super().to_python(value))


class LineField(forms.CharField):
    """An optional line of text without control characters."""

    def __init__(self, **kwargs) -> None:
        super().__init__(strip=True, required=False, **kwargs)
        self.validators.append(refuse_control_characters)


class DayField(forms.DateField):
    """A day of a calendar that has a day before and one after it, in every time zone."""

    widget = forms.DateInput(attrs={"type": "date"})

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        out_of_range = "Choose a day between 2000 and 2999."
        self.validators += [
            MinValueValidator(date(2000, 1, 1), message=out_of_range),
            MaxValueValidator(date(2999, 12, 31), message=out_of_range),
        ]


class RowField(forms.ModelChoiceField):
    """A choice among rows, named by their uuid; anything that is none is simply not a valid choice."""

    def __init__(self, **kwargs) -> None:
        super().__init__(to_field_name="uuid", **kwargs)

    def to_python(self, value):
        try:
            UUID(str(value or UUID(int=0)))
        except ValueError as problem:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice") from problem
        return super().to_python(value)


class LongSelect(forms.Select):
    """A choice among hundreds, drawn in one go: with a template for every option a page takes several times as long."""

    def render(self, name: str, value, attrs: dict | None = None, renderer=None) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (option["value"], flatatt(option["attrs"]), option["label"])
                for _, group, _ in widget["optgroups"]
                for option in group
            ),
        )
        return format_html('<select name="{}"{}>{}</select>', widget["name"], flatatt(widget["attrs"]), options)


def time_zone_choices(*, empty: str | None = None) -> list[tuple[str, str]]:
    """Return every zone of the time-zone database that names a place, UTC first."""
    return [*([("", empty)] if empty is not None else []), *_zones()]


@lru_cache(maxsize=1)
def _zones() -> tuple[tuple[str, str], ...]:
    # Looking for them opens every file of the time-zone database.
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/")))
    return ("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places)
