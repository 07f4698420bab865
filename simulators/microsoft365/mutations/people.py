"""Operations on people."""

from django.db import IntegrityError

from simulators.microsoft365.generator.groups import personal_site
from simulators.microsoft365.generator.people import folded
from simulators.microsoft365.models import Kind, Person, Scope, Site
from simulators.microsoft365.mutations.finding import named_person
from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger, Op

# What `update_user` may set, by its name in Graph.
SETTABLE = {
    "displayName": "display_name",
    "givenName": "given_name",
    "surname": "surname",
    "userPrincipalName": "upn",
    "mail": "mail",
    "jobTitle": "job_title",
    "department": "department",
    "accountEnabled": "is_enabled",
    "licensed": "is_licensed",
}
_CARRIERS = (Kind.SHARED, Kind.ROOM, Kind.EQUIPMENT)


def create_user(ledger: Ledger, arguments: dict) -> dict:
    """Create somebody: ``display_name``, and if wanted ``upn``, ``kind``, ``licensed``, ``drive``."""
    name = arguments.get("display_name") or "Newcomer"
    kind = _kind(arguments)
    has_mailbox = kind == Kind.MEMBER
    upn = arguments.get("upn") or _free_upn(ledger, name, kind)
    person = Person(
        id=ledger.new_id(),
        tenant=ledger.tenant,
        kind=kind,
        display_name=name,
        given_name=name.split(" ")[0] if kind not in _CARRIERS else "",
        surname=name.rpartition(" ")[2] if kind not in _CARRIERS else "",
        upn=upn,
        mail=arguments.get("mail") or _mail_of(upn, kind),
        is_enabled=kind not in (*_CARRIERS, Kind.DISABLED),
        is_licensed=bool(arguments.get("licensed", has_mailbox)),
        has_drive=bool(arguments.get("drive", has_mailbox)),
        created_at=ledger.now.replace(microsecond=0),
    )
    return _enter(ledger, person)


def update_user(ledger: Ledger, arguments: dict) -> dict:
    """Set properties, given as ``set`` by their names in Graph."""
    person = named_person(ledger, arguments)
    changes = arguments.get("set") or {}
    unknown = set(changes) - set(SETTABLE)
    if unknown or not changes:
        raise CannotMutate(f"update_user can set {', '.join(SETTABLE)}; not {', '.join(sorted(unknown)) or 'nothing'}.")
    try:
        ledger.update(person, **{SETTABLE[name]: value for name, value in changes.items()})
    except IntegrityError as problem:
        raise CannotMutate(
            f"There is somebody with the sign-in name {changes.get('userPrincipalName')!r}."
        ) from problem
    return _answer(person)


def delete_user(ledger: Ledger, arguments: dict) -> dict:
    """Move somebody to the bin, out of all groups."""
    person = named_person(ledger, arguments)
    for group in ledger.groups_of(person):
        ledger.record(Scope.GROUPS, group.id, Op.MEMBER_REMOVED, member=person)
    person.deleted_at = ledger.now
    person.save(update_fields=["deleted_at"])
    ledger.record(Scope.USERS, person.id, Op.DELETED)
    return _answer(person)


def restore_user(ledger: Ledger, arguments: dict) -> dict:
    """Bring somebody back from the bin, into all former groups."""
    person = named_person(ledger, arguments, gone=True)
    person.deleted_at = None
    try:
        person.save(update_fields=["deleted_at"])
    except IntegrityError as problem:
        raise CannotMutate(f"Somebody else is called {person.upn} by now.") from problem
    ledger.record(Scope.USERS, person.id, Op.RESTORED)
    for group in ledger.groups_of(person):
        ledger.record(Scope.GROUPS, group.id, Op.MEMBER_ADDED, member=person)
    return _answer(person)


def purge_user(ledger: Ledger, arguments: dict) -> dict:
    """Remove somebody for good, from the bin or directly."""
    try:
        person = named_person(ledger, arguments, gone=True)
    except CannotMutate:
        person = named_person(ledger, arguments)
        delete_user(ledger, {"user": str(person.id)})
        person.refresh_from_db()
    ledger.purge(person)
    return _answer(person)


def recreate_user(ledger: Ledger, arguments: dict) -> dict:
    """Delete somebody if need be, and create another account with the same sign-in name and a new id."""
    try:
        old = named_person(ledger, arguments)
        delete_user(ledger, {"user": str(old.id)})
    except CannotMutate:
        old = named_person(ledger, arguments, gone=True)
    fields = ("kind", "display_name", "given_name", "surname", "upn", "mail", "job_title", "department")
    facts = {name: getattr(old, name) for name in (*fields, "is_enabled", "is_licensed", "has_drive")}
    person = Person(id=ledger.new_id(), tenant=ledger.tenant, created_at=ledger.now.replace(microsecond=0), **facts)
    return _enter(ledger, person) | {"former_id": str(old.id)}


def convert_to_shared(ledger: Ledger, arguments: dict) -> dict:
    """Turn somebody's mailbox into a shared one: no licence, no sign-in."""
    person = named_person(ledger, arguments)
    ledger.update(person, kind=Kind.SHARED, is_enabled=False, is_licensed=False)
    return _answer(person)


def _enter(ledger: Ledger, person: Person) -> dict:
    try:
        ledger.create(person)
    except IntegrityError as problem:
        raise CannotMutate(f"There is somebody with the sign-in name {person.upn} already.") from problem
    if person.has_drive:
        site = personal_site(person)
        while Site.objects.live().filter(tenant=ledger.tenant, path=site.path).exists():
            site.path += "1"
        ledger.create(site)
    return _answer(person)


def _kind(arguments: dict) -> Kind:
    word = arguments.get("kind", Kind.MEMBER)
    if word not in Kind.values:
        raise CannotMutate(f"There is no kind {word!r}; there are {', '.join(Kind.values)}.")
    return Kind(word)


def _free_upn(ledger: Ledger, name: str, kind: Kind) -> str:
    local = ".".join(part for part in folded(name).split() if part) or "account"
    if kind == Kind.GUEST:
        local += "_fabrikam.example#EXT#"
    domain = ledger.tenant.initial_domain if kind == Kind.GUEST else ledger.tenant.domain
    upn, number = f"{local}@{domain}", 1
    while Person.objects.filter(tenant=ledger.tenant, upn__iexact=upn).exists():
        number += 1
        upn = f"{local}{number}@{domain}"
    return upn


def _mail_of(upn: str, kind: Kind) -> str:
    if kind != Kind.GUEST:
        return upn
    local, _, company = upn.partition("#EXT#")[0].rpartition("_")
    return f"{local}@{company}"


def _answer(person: Person) -> dict:
    return {"id": str(person.id), "upn": person.upn}
