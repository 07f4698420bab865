"""A vault with waste, small packs and content to be erased; work that is killed on it; what must be true then."""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from django.utils import timezone

from backups.tests.collecting import let_go, names_in_store, packs_in_store
from backups.tests.vault_model import blobs_of, blobs_that_open, keys_left
from backups.tests.vaults import EVAS_MAIL, ROOT, back_up, contents_of, fixed_bytes, make_vault
from backups.vault import layout
from backups.vault.checking import Level, check
from backups.vault.collecting import Terms, collect
from backups.vault.erased_organizations import ERASED, erase_organization, finish_erasure
from backups.vault.erasing import erase_account
from backups.vault.stores.local import LocalStore
from backups.vault.vault import open_vault

IDAS_MAIL = "mail/ida"
GRACE = timedelta(hours=72)
# Everything that is carried over at all.
TERMS = Terms(waste=0.0, merged_packs=2, grace=GRACE)


def do(run) -> None:
    """Do the work of a run in this process, which may be killed anywhere."""
    organization, now = UUID(run.organization), _now(run.hours)
    store = LocalStore(Path(run.folder), reserve=0)
    if run.what == "erase organization":
        erase_organization(organization, store=store, root=ROOT, now=now)
        return
    vault = open_vault(organization, store=store, root=ROOT)
    if run.what == "collect":
        collect(vault, now=now, terms=TERMS)
    else:
        erase_account(vault, EVAS_MAIL, now=now)


class Tidied:
    """One organization's vault, and what it must give back whatever is killed on it."""

    def __init__(self, folder: Path, organization: UUID, chance: Random) -> None:
        self.vault = make_vault(folder, organization)
        self.evas, self.idas = _contents("eva", chance), _contents("ida", chance)
        shared = {"shared": fixed_bytes(f"shared {organization}", 4_000)}
        self.secret = set(self.evas.values())
        # One big pack and several small ones, all of them with things that are let go.
        for account, contents in ((EVAS_MAIL, self.evas | shared), (IDAS_MAIL, self.idas | shared)):
            back_up(self.vault, account, contents)
            for name in list(contents)[:3]:
                back_up(self.vault, account, {f"{name} again": contents[name] + b" again"})
                contents |= {f"{name} again": contents[name] + b" again"}
            gone = list(contents)[4:9]
            let_go(self.vault, account, gone)
            kept = {name: content for name, content in contents.items() if name not in gone}
            self.evas, self.idas = (kept, self.idas) if account == EVAS_MAIL else (self.evas, kept)
        # What somebody has who copied the packs before.
        self.stolen = {name: self.vault.store.get(name) for name in packs_in_store(self.vault)}

    def problems(self, what: str) -> list[str]:
        """Return what is wrong while the work may be half done: with everything that is to stay readable."""
        found = [] if contents_of(self.vault, IDAS_MAIL) == self.idas else ["Ida's objects are not what they were."]
        evas = contents_of(self.vault, EVAS_MAIL)
        if evas != self.evas and (what == "collect" or evas):
            found.append("Eva's objects are neither what they were nor gone.")
        return found + [one for one in self._checked() if what == "collect" or "an erasure broke off" not in one]

    def end(self, what: str, hours: int) -> list[str]:
        """Run the work to its end in this process, let the grace pass, and return what is wrong then."""
        if what == "erase organization":
            return self._end_of_organization(hours)
        if what == "erase account":
            erase_account(self.vault, EVAS_MAIL, now=_now(hours))
            found = self._still_open(only_known=True)
            self.evas = {}
        else:
            found = []
        # Twice the grace: what waits behind a dead writer's commit goes one grace after it.
        for later in (hours, hours + 100, hours + 200, hours + 300):
            collect(self.vault, now=_now(later), terms=TERMS)
        found += self.problems("collect")
        packs = set(packs_in_store(self.vault))
        if packs != self._known_packs():
            found.append(f"{len(packs ^ self._known_packs())} packs are in the store or the catalogue only.")
        return found + (self._still_open(only_known=False) if what == "erase account" else [])

    def _end_of_organization(self, hours: int) -> list[str]:
        finish_erasure(self.vault.organization, store=self.vault.store, root=ROOT, now=_now(hours))
        left = [name for name in names_in_store(self.vault) if f"/{ERASED}/" not in name]
        keys = keys_left(self.vault, only_known=False)
        return [f"{len(left)} objects and {len(keys)} keys are left."] if left or keys else []

    def _checked(self) -> list[str]:
        return [
            f"{level.name}: {finding.problem}"
            for level in (Level.LISTING, Level.CONTENT, Level.DRILL)
            for finding in check(self.vault, level, now=timezone.now())
        ]

    def _still_open(self, *, only_known: bool) -> list[str]:
        stolen = self.stolen | {name: self.vault.store.get(name) for name in packs_in_store(self.vault)}
        opened = blobs_that_open(self.vault, stolen, keys_left(self.vault, only_known=only_known))
        found = opened & blobs_of(self.vault.keys, self.secret)
        return [f"{len(found)} blobs of Eva's can still be read."] if found else []

    def _known_packs(self) -> set[str]:
        from backups.models import VaultPack

        rows = VaultPack.objects.filter(organization=self.vault.organization).values_list("digest", flat=True)
        return {layout.pack_name(self.vault.organization, bytes(digest)) for digest in rows}


def _contents(word: str, chance: Random) -> dict[str, bytes]:
    return {f"{word} {number}": chance.randbytes(chance.randrange(500, 6_000)) for number in range(14)}


def _now(hours: int) -> datetime:
    return timezone.now() + timedelta(hours=hours)
