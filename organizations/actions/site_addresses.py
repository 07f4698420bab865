"""Addresses of SharePoint sites: typed by a person, seen by a worker, then protected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts import audit
from accounts.models import User
from jobs.models import Job
from jobs.requests import request_job
from organizations.actions.figures import recount
from organizations.models import Connection, Item, Organization, SiteAddress

_State = SiteAddress.State
_KIND = "check_site_addresses"
_AT_ONCE = 100


class AddressesKnown(Exception):
    """Some of the addresses are listed already; nothing was changed. ``urls`` names them."""

    def __init__(self, urls: set[str]) -> None:
        super().__init__("Listed already: " + ", ".join(sorted(urls)))
        self.urls = urls


@dataclass(frozen=True)
class FoundSite:
    """A site as the service knows it: its immutable id, its name, and its address today."""

    remote_id: str
    name: str
    url: str


@transaction.atomic
def add_site_addresses(*, connection: Connection, urls: Sequence[str], actor: User, now: datetime) -> list[SiteAddress]:
    """List ``urls``, already in their normal form, and have a worker look at each. Raises `AddressesKnown`."""
    organization = _locked(connection.organization_id)
    _refuse_known(connection, set(urls))
    added = []
    for url in urls:
        address = SiteAddress.objects.create(
            organization=organization, connection=connection, url=url, added_by=_name_of(actor), added_at=now
        )
        _record("added", address, organization, actor, now, {"url": url})
        added.append(address)
    _have_checked(connection, now)
    return added


@transaction.atomic
def edit_site_address(*, address: SiteAddress, url: str, actor: User, now: datetime) -> SiteAddress:
    """Replace an address by another one, which is looked at like a new one. A site found at the old one stays
    protected. Raises `AddressesKnown`, and SiteAddress.DoesNotExist where somebody removed it meanwhile.
    """
    organization = _locked(address.organization_id)
    address = SiteAddress.objects.select_for_update(of=("self",)).select_related("connection").get(pk=address.pk)
    if address.url == url:
        return address
    _refuse_known(address.connection, {url})
    old, address.url = address.url, url
    address.item = None
    # Whoever wrote the present address is who chose what is found there.
    address.added_by, address.added_at = _name_of(actor), now
    _start_over(address)
    _record("edited", address, organization, actor, now, {"url": [old, url]})
    _have_checked(address.connection, now)
    return address


@transaction.atomic
def check_again(*, address: SiteAddress, actor: User, now: datetime) -> SiteAddress:
    """Have a worker look at a refused address once more, or at one that nobody has answered for."""
    organization = _locked(address.organization_id)
    address = SiteAddress.objects.select_for_update(of=("self",)).select_related("connection").get(pk=address.pk)
    if address.state == _State.FOUND:
        return address
    if address.state == _State.REFUSED:
        _record("checked_again", address, organization, actor, now, {"url": address.url})
    _start_over(address)
    _have_checked(address.connection, now)
    return address


@transaction.atomic
def remove_site_address(*, address: SiteAddress, actor: User, now: datetime) -> None:
    """Take an address off the list. The site it led to keeps its protection; a second click finds nothing to do."""
    organization = _locked(address.organization_id)
    deleted, _ = SiteAddress.objects.filter(pk=address.pk).delete()
    if deleted:
        _record("removed", address, organization, actor, now, {"url": address.url})


@transaction.atomic
def settle_site_address(*, address: SiteAddress, found: FoundSite | None, problem: str, now: datetime) -> None:
    """Note what a worker saw at ``address.url``: the site, which is protected from now on, or why there is none.

    ``problem`` is in our words and is read by people; it counts only where ``found`` is None. An address that was
    removed, changed or settled while the worker looked is left alone, so that the call may come twice.
    """
    organization = _locked(address.organization_id)
    current = SiteAddress.objects.select_for_update().filter(pk=address.pk, url=address.url, state=_State.CHECKING)
    address = current.first()
    if address is None:
        return
    address.checked_at = now
    if found is None:
        address.state, address.problem = _State.REFUSED, problem[:300]
        _record("refused", address, organization, "Schedule", now, {"url": address.url, "reason": address.problem})
    else:
        address.state, address.problem = _State.FOUND, ""
        address.item = _protect_site(address, found, now)
        recount(organization)
        _record("found", address, organization, "Schedule", now, {"url": address.url, "name": str(address.item)})
    address.save(update_fields=["state", "problem", "item", "checked_at"])


@transaction.atomic
def end_abandoned_checks(now: datetime) -> int:
    """Give addresses back whose check was given up by its worker; return how many.

    Whoever is busy with a client is not waited for: the clock comes again in a minute.
    """
    checks = Job.objects.filter(kind=_KIND, subject_id=OuterRef("connection_id"), finished_at=None)
    waiting = list(SiteAddress.objects.filter(~Exists(checks), state=_State.CHECKING).order_by("pk")[:_AT_ONCE])
    clients = Organization.objects.filter(pk__in={address.organization_id for address in waiting})
    free = {organization.pk for organization in clients.select_for_update(skip_locked=True)}
    abandoned = [address for address in waiting if address.organization_id in free]
    for address in abandoned:
        problem = "Looking at it broke off several times and was given up. Nothing is protected by it. Try again."
        settle_site_address(address=address, found=None, problem=problem, now=now)
    return len(abandoned)


def _protect_site(address: SiteAddress, found: FoundSite, now: datetime) -> Item:
    """Find or make the site, and choose it for whoever added the address unless it is chosen already."""
    name = (found.name or found.url)[:256]
    item, is_unknown = Item.objects.select_for_update().get_or_create(
        connection_id=address.connection_id,
        kind=Item.Kind.SITE,
        remote_id=found.remote_id,
        defaults={
            "organization_id": address.organization_id,
            "name": name,
            "list_name": name.casefold()[:256],
            "address": found.url[:500],
            "first_seen_at": now,
        },
    )
    if not is_unknown and item.presence != Item.Presence.PRESENT:
        # It has just been seen, whatever an earlier look said.
        item.presence, item.gone_at = Item.Presence.PRESENT, None
    if not item.is_chosen:
        item.is_chosen, item.chosen_by = True, Item.ChosenBy.PERSON
        item.decided_by, item.decided_at = address.added_by, now
    item.save(update_fields=["presence", "gone_at", "is_chosen", "chosen_by", "decided_by", "decided_at"])
    return item


def _locked(organization_id: int) -> Organization:
    """Return the client, locked: decisions about it are taken one after the other."""
    return Organization.objects.select_for_update().get(pk=organization_id)


def _refuse_known(connection: Connection, urls: set[str]) -> None:
    known = set(SiteAddress.objects.filter(connection=connection, url__in=urls).values_list("url", flat=True))
    if known:
        raise AddressesKnown(known)


def _start_over(address: SiteAddress) -> None:
    address.state, address.problem, address.checked_at = _State.CHECKING, "", None
    address.save(update_fields=["url", "state", "problem", "item", "added_by", "added_at", "checked_at"])


def _have_checked(connection: Connection, now: datetime) -> None:
    request_job(_KIND, subject_id=connection.pk, at=now, key=f"{_KIND}:{connection.pk}")


def _record(
    verb: str, address: SiteAddress, organization: Organization, actor: User | str, now: datetime, details: dict
) -> None:
    audit.record(
        f"site_address.{verb}",
        partner_id=organization.partner_id,
        organization_id=organization.pk,
        actor=actor,
        target=address,
        at=now,
        details=details,
    )


def _name_of(actor: User) -> str:
    return (actor.full_name or actor.email)[:200]
