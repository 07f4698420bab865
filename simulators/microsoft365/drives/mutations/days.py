"""A working day in a site.

Days are played when somebody next looks into the site, so that a day of a big tenant costs nothing where nobody looks.
The same days bring the same things.
"""

import random

from simulators.microsoft365.drives.content.reading import DOCUMENT
from simulators.microsoft365.drives.content.words import ENDINGS, FOLDERS, SUBJECTS, sentence
from simulators.microsoft365.drives.generator.furnishing import furnish
from simulators.microsoft365.drives.models import Drive, ListItem, Node, Page, Permission, SiteList, Web
from simulators.microsoft365.drives.mutations.book import DriveBook
from simulators.microsoft365.drives.mutations.items import change_fields, enter_item, remove_item
from simulators.microsoft365.models import Site
from simulators.microsoft365.mutations.ledger import Ledger, writing

_KEPT_AS_IT_IS = "Strange things"


def looked_into(site: Site) -> Web:
    """Return the top web of a site, furnished, after the days of the tenant that it did not have yet."""
    web = furnish(site)
    # A site that came after the tenant holds what people put there, so that it is the same whoever looks when.
    if site.created_seq or web.days_played >= site.tenant.days_played:
        return web
    with writing(site.tenant_id) as ledger:
        web = Web.objects.select_related("tenant", "site__tenant").get(id=web.id)
        for number in range(web.days_played + 1, ledger.tenant.days_played + 1):
            SiteDay(ledger, web, number).play()
        web.days_played = max(web.days_played, ledger.tenant.days_played)
        web.save(update_fields=["days_played"])
    return web


class SiteDay:
    """One day of one site."""

    def __init__(self, ledger: Ledger, web: Web, number: int) -> None:
        self.ledger, self.web, self.number = ledger, web, number
        self.dice = random.Random(f"{ledger.tenant.seed}/{web.site_id}/drives of day {number}")  # noqa: S311

    def play(self) -> None:
        """Let files, lists and pages change."""
        webs = list(Web.objects.filter(site_id=self.web.site_id).values_list("id", flat=True))
        drives = Drive.objects.select_related("web__site__tenant", "web__tenant", "tenant").filter(web_id__in=webs)
        for drive in drives.filter(is_system=False).order_by("id"):
            self._files(DriveBook(drive, self.ledger.now))
        for site_list in SiteList.objects.filter(web_id__in=webs, name="Tasks").order_by("id"):
            self._tasks(site_list)
        page = Page.objects.filter(web_id__in=webs).order_by("id").first()
        if page and self.dice.random() < 0.5:
            page.title, page.revision = f"{page.title.partition(' (')[0]} ({self.number})", page.revision + 1
            page.modified_at = self.ledger.now.replace(microsecond=0)
            page.save()

    def _files(self, book: DriveBook) -> None:
        for _ in range(self.dice.randint(1, 3)):
            self._new_file(book)
        for node in self._drawn(book, Node.Kind.FILE, 2):
            book.write(node, node.recipe if node.recipe.startswith(DOCUMENT) else f"{DOCUMENT} txt")
        for node in self._drawn(book, Node.Kind.FILE, 1):
            book.change(node, name=self._free(node.parent_id, f"{self.number} {node.name}"))
        folders = self._drawn(book, Node.Kind.FOLDER, 2)
        for node in self._drawn(book, Node.Kind.FILE, 1) if folders else ():
            book.change(node, name=self._free(folders[0].id, node.name, but=node), parent_id=folders[0].id)
        for node in self._drawn(book, Node.Kind.FILE, 1):
            facts = {"role": "read", "grantee": "link", "link_type": "view", "link_scope": "organization"}
            Permission.objects.create(id=book.new_id("of the day"), node=node, **facts)
            book.change(node, shared_scope="organization")
        for node in self._drawn(book, Node.Kind.FILE, 1):
            book.remove(node)
        if folders and self.dice.random() < 0.3:
            book.change(folders[-1], name=self._free(folders[-1].parent_id, f"{folders[-1].name} {self.number}"))

    def _new_file(self, book: DriveBook) -> None:
        root = Node.objects.get(id=book.drive.root_id)
        parent = self.dice.choice([root, *self._drawn(book, Node.Kind.FOLDER, 3)])
        if self.dice.random() < 0.2:
            parent = book.create(parent, self._free(parent.id, self.dice.choice(FOLDERS)), Node.Kind.FOLDER)
        ending = self.dice.choice(ENDINGS)
        name = self._free(parent.id, f"{self.dice.choice(SUBJECTS)} {self.number}.{ending}")
        book.create_file(parent, name, f"{DOCUMENT} {ending}")

    def _tasks(self, site_list: SiteList) -> None:
        enter_item(self.ledger, site_list, {"Title": sentence(self.dice)[:80], "State": "Open"})
        items = ListItem.objects.live().filter(site_list=site_list).order_by("number")
        done, gone = items.first(), items.last()
        change_fields(self.ledger, site_list, done, {"State": "Done"})
        if self.dice.random() < 0.4 and gone.number != done.number:
            remove_item(self.ledger, site_list, gone)

    def _drawn(self, book: DriveBook, kind: Node.Kind, count: int) -> list[Node]:
        live = Node.objects.live().filter(drive=book.drive)
        strange = live.filter(name=_KEPT_AS_IT_IS).first()
        spared = [strange.id, *(one.id for one in live.below(strange))] if strange else []
        # Ids are the same in every run; the numbers of rows are not.
        ids = list(live.filter(kind=kind).exclude(id__in=spared).order_by("id").values_list("id", flat=True))
        drawn = [Node.objects.get(id=one) for one in self.dice.sample(ids, min(count, len(ids)))]
        for node in drawn:
            node.drive = book.drive
        return drawn

    def _free(self, parent_id, name: str, but: Node | None = None) -> str:
        taken = {one.lower() for one in self._names(parent_id, but)}
        stem, dot, ending = name.rpartition(".")
        stem, ending = (stem, dot + ending) if stem else (name, "")
        number, free = 1, name
        while free.lower() in taken:
            number += 1
            free = f"{stem} {number}{ending}"
        return free

    def _names(self, parent_id, but: Node | None):
        siblings = Node.objects.live().filter(parent_id=parent_id)
        return siblings.exclude(id=but.id if but else None).values_list("name", flat=True)
