"""Addresses of SharePoint sites as people type them: judged line by line before anybody is asked."""

import re
import unicodedata
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, unquote, urlsplit

from django import forms
from django.core.exceptions import ValidationError

from organizations.models import Connection, SiteAddress

LINES_AT_MOST = 50
_LENGTH_AT_MOST = 400
_PLACES = ("sites", "teams")
# What SharePoint refuses in the address of a site, and what would make one address look like another.
_FORBIDDEN = re.compile(r'[\x00-\x20\x7f"#%*:<>?\\/|]|\.\.|^\.|\.$')


def normal_site_url(text: str, *, host: str) -> str:
    """Return the address of a site of the tenant whose SharePoint is ``host``, in the one form that is kept.

    That is https, the host and the path in lower case, no slash at the end. Raises ValidationError with a sentence
    for everything else; nothing is asked over the network.
    """
    text, host = text.strip(), host.lower()
    if len(text) > _LENGTH_AT_MOST:
        raise ValidationError(f"this is longer than {_LENGTH_AT_MOST} characters.")
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs") for character in text):
        raise ValidationError("leave out spaces and invisible characters.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as problem:
        raise ValidationError("this is not an address of a web page.") from problem
    if parts.scheme != "https":
        raise ValidationError(f"start with https://, for example https://{host}/sites/name.")
    if parts.username is not None or parts.password is not None:
        raise ValidationError("leave out names and passwords before the host.")
    if port is not None or parts.netloc.endswith(":"):
        raise ValidationError("leave out the port.")
    _refuse_other_hosts(parts.hostname or "", host)
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise ValidationError("leave out everything from the “?” or “#” on.")
    url = f"https://{host}{_normal_path(parts, host)}"
    if len(url) > _LENGTH_AT_MOST:
        raise ValidationError(f"this is longer than {_LENGTH_AT_MOST} characters.")
    return url


def _refuse_other_hosts(given: str, host: str) -> None:
    # Compared as bytes of ASCII: letters of other alphabets that look alike are other letters.
    if given == host:
        return
    if not given.isascii() or "xn--" in given:
        raise ValidationError(f"the host holds letters that only look like those of {host}.")
    if _is_ip_address(given):
        raise ValidationError(f"use the name of the host, {host}, and not a number.")
    tenant = host.removesuffix(".sharepoint.com")
    if given == f"{tenant}-my.sharepoint.com" or "-my." in given:
        raise ValidationError("this is somebody’s OneDrive. Protect the person under Users instead.")
    raise ValidationError(f"this is not on {host}, the SharePoint of this client.")


def _is_ip_address(given: str) -> bool:
    if re.fullmatch(r"[0-9.]+|0x[0-9a-f.x]+", given):
        return True
    try:
        ip_address(given)
    except ValueError:
        return False
    return True


def _normal_path(parts: SplitResult, host: str) -> str:
    """Return "" for the root site, or "/sites/name"."""
    segments = [unquote(segment, errors="replace") for segment in parts.path.strip("/").split("/")]
    if segments == [""]:
        return ""
    place = segments[0].lower()
    if place == "personal":
        raise ValidationError("this is somebody’s OneDrive. Protect the person under Users instead.")
    if place not in _PLACES or len(segments) < 2:
        raise ValidationError(f"a site is at https://{host}/sites/name or https://{host}/teams/name.")
    name = unicodedata.normalize("NFC", segments[1])
    if _FORBIDDEN.search(name) or "\ufffd" in name or not name:
        raise ValidationError("the site’s name holds characters that SharePoint does not allow there.")
    short = f"/{place}/{quote(name.lower(), safe='-_.~')}"
    if len(segments) > 2:
        raise ValidationError(f"leave out everything after the site’s name: https://{host}{short}")
    return short


class SiteAddressesForm(forms.Form):
    """One address a line. Every wrong line gets a sentence of its own, and nothing is taken while one is wrong."""

    addresses = forms.CharField(
        label="Addresses",
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
        strip=False,
        max_length=LINES_AT_MOST * (_LENGTH_AT_MOST + 2),
        error_messages={"required": "Enter at least one address."},
    )

    def __init__(self, *args, connection: Connection, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.connection = connection
        host = connection.sharepoint_host
        self.fields["addresses"].help_text = f"One address a line, {LINES_AT_MOST} at most: https://{host}/sites/name"

    def clean_addresses(self) -> list[str]:
        lines = [(number, line) for number, line in enumerate(self._lines(), start=1) if line.strip()]
        if not lines:
            raise ValidationError(self.fields["addresses"].error_messages["required"])
        if len(lines) > LINES_AT_MOST:
            raise ValidationError(f"These are {len(lines)} addresses. Add {LINES_AT_MOST} at most at once.")
        self.numbers: dict[str, int] = {}
        problems = []
        for number, line in lines:
            try:
                url = normal_site_url(line, host=self.connection.sharepoint_host)
            except ValidationError as problem:
                problems.append(f"Line {number}: {problem.message}")
                continue
            if url in self.numbers:
                problems.append(f"Line {number}: this is the same address as in line {self.numbers[url]}.")
            self.numbers.setdefault(url, number)
        problems += self._known()
        if problems:
            raise ValidationError(sorted(problems, key=_line_number))
        return list(self.numbers)

    def refuse_known(self, urls: set[str]) -> None:
        """Say which lines are listed already, because somebody else added them a moment ago."""
        for url in urls:
            self.add_error("addresses", f"Line {self.numbers[url]}: this address is listed already.")

    def _lines(self) -> list[str]:
        # Not splitlines(), which breaks at characters that belong to a line and are refused there.
        return self.cleaned_data["addresses"].replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def _known(self) -> list[str]:
        rows = SiteAddress.objects.filter(connection=self.connection, url__in=self.numbers)
        return [
            f"Line {self.numbers[url]}: this address is listed already"
            + (", with the reason why it was not added. Try it again there." if state == "REFUSED" else ".")
            for url, state in rows.values_list("url", "state")
        ]


class SiteAddressForm(forms.Form):
    """One address, to replace another."""

    url = forms.CharField(
        label="Address",
        strip=True,
        max_length=_LENGTH_AT_MOST,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off", "inputmode": "url"}),
        error_messages={"required": "Enter the address of a site."},
    )

    def __init__(self, *args, address: SiteAddress, **kwargs) -> None:
        super().__init__(*args, initial={"url": address.url}, **kwargs)
        self.address = address

    def clean_url(self) -> str:
        try:
            url = normal_site_url(self.cleaned_data["url"], host=self.address.connection.sharepoint_host)
        except ValidationError as problem:
            raise ValidationError(problem.message[:1].upper() + problem.message[1:]) from problem
        others = SiteAddress.objects.filter(connection=self.address.connection, url=url).exclude(pk=self.address.pk)
        if others.exists():
            raise ValidationError("This address is listed already.")
        return url


def _line_number(problem: str) -> int:
    return int(problem.removeprefix("Line ").partition(":")[0])
