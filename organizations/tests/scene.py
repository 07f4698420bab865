"""Acme with a connected service, its people in their browsers, and what a browser sees in a page."""

from html.parser import HTMLParser

from django.urls import reverse

from organizations.tests.factories import make_connection, make_item
from portal.tests.northwinds import OWNED_BY_NORTHWIND


class Page(HTMLParser):
    """What a page leads to, and what its forms would send."""

    def __init__(self, html):
        super().__init__()
        self.addresses, self.forms, self._select = set(), [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        have = dict(attrs)
        for name in ("href", "action", "hx-get", "hx-post", "formaction"):
            if have.get(name):
                self.addresses.add(have[name])
        if tag == "form":
            self.forms.append({})
        elif tag in ("input", "textarea", "select") and self.forms and have.get("name"):
            self._note_field(tag, have)
        elif tag == "option" and self._select and ("selected" in have or self._select not in self.forms[-1]):
            self.forms[-1][self._select] = [have.get("value", "")]

    def handle_endtag(self, tag):
        if tag == "select":
            self._select = None

    def _note_field(self, tag, have):
        self._select = have["name"] if tag == "select" else None
        if tag == "select" or (have.get("type") in ("checkbox", "radio") and "checked" not in have):
            return
        self.forms[-1].setdefault(have["name"], []).append(have.get("value", "on" if have.get("type") else ""))


def fields_of(html, field):
    return next(form for form in Page(html).forms if field in form)


class Scene:
    """Acme with a connected service, Otto signed in at it, Pia of another client beside it."""

    def __init__(self, cast, sign_in, acme, bolt):
        self.cast, self.acme, self.bolt = cast, acme, bolt
        self.tenant = make_connection(acme, sharepoint_host="acme.sharepoint.com")
        self.eva = make_item(self.tenant, "Eva Lindholm")
        self.otto, self.pia = sign_in("otto"), sign_in("pia")
        self._made = {}

    def at(self, name, *arguments, organization=None):
        return reverse(f"organizations:{name}", args=[(organization or self.acme).uuid, *arguments])

    def address_of(self, name, door):
        """Return where a door of the product is, for things that are Northwind's or Acme's."""
        for key in getattr(door.pattern, "converters", {}):
            if key not in self._made:
                self._made[key] = OWNED_BY_NORTHWIND[key](self.cast)
        return reverse(name, kwargs={key: self._made[key] for key in getattr(door.pattern, "converters", {})})

    def is_open(self, name, *arguments):
        """Otto opens it; to Pia it does not exist."""
        address = self.at(name, *arguments)
        return (self.otto.get(address).status_code, self.pia.get(address).status_code) == (200, 404)

    def submit(self, address, *, form_with, leave_out=(), **changes):
        """Send the form of a page that has the field ``form_with``, as a browser would, after some changes.

        Where the page then says what will happen and asks again, Otto agrees.
        """
        fields = fields_of(self.otto.get(address).content.decode(), form_with)
        values = {name: value for name, value in fields.items() if name not in leave_out} | changes
        answer = self.otto.post(address, values)
        if answer.status_code == 200:
            answer = self.otto.post(address, fields_of(answer.content.decode(), form_with))
        return answer
