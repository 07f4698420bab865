"""Lists of a site: tasks, contacts of suppliers, and those that SharePoint keeps for itself."""

import random
from datetime import datetime, timedelta

from simulators.microsoft365.drives.content.words import SUBJECTS, sentence
from simulators.microsoft365.drives.generator.authors import Author, signed
from simulators.microsoft365.drives.models import ListItem, SiteList, Web
from simulators.microsoft365.ids import derived_id

_STATES = ("Open", "In progress", "Done")
# What somebody added to the list of tasks, besides the title every list has.
TASK_COLUMNS = [
    {"name": "Details", "displayName": "Details", "text": {"allowMultipleLines": True, "textType": "plain"}},
    {"name": "State", "displayName": "State", "choice": {"choices": list(_STATES), "allowTextEntry": False}},
    {"name": "DueDate", "displayName": "Due date", "dateTime": {"format": "dateOnly"}},
    {"name": "Effort", "displayName": "Effort in hours", "number": {"decimalPlaces": "one", "minimum": 0.0}},
    {"name": "Urgent", "displayName": "Urgent", "boolean": {}},
    {"name": "Assigned", "displayName": "Assigned to", "personOrGroup": {"chooseFromType": "peopleOnly"}},
]
SUPPLIER_COLUMNS = [
    {"name": "City", "displayName": "City", "text": {"allowMultipleLines": False, "maxLength": 255}},
    {"name": "Discount", "displayName": "Discount", "number": {"decimalPlaces": "automatic"}},
]
_CITIES = ("Oslo", "Łódź", "Αθήνα", "京都", "São Paulo", "Zürich")


class Lists:
    """The lists of one web and their items, made in memory."""

    def __init__(self, web: Web, authors: list[Author], begin: datetime, end: datetime, dice: random.Random) -> None:
        self.web, self.authors, self.dice = web, authors, dice
        self.begin, self.end = begin.replace(microsecond=0), end.replace(microsecond=0)
        self.lists: list[SiteList] = []
        self.items: list[ListItem] = []

    def fill(self, items: int, *, is_new: bool) -> None:
        """Make the lists and that many items in each."""
        users = self._list("users", "User Information List", [], is_hidden=True, is_system=True, template="userInfo")
        for author in self.authors:
            self._item(users, {"Title": author.name})
        if is_new:
            return
        tasks = self._list("Tasks", "Tasks", TASK_COLUMNS, description="What is to be done")
        suppliers = self._list("Suppliers", "Suppliers & partners", SUPPLIER_COLUMNS)
        self._list("Empty", "Nothing in here", [])
        # Hidden from people, yet in every list of lists.
        self._list("TaxonomyHiddenList", "TaxonomyHiddenList", [], is_hidden=True)
        for _ in range(items):
            self._item(tasks, self._task())
            self._item(suppliers, {"Title": sentence(self.dice)[:40], "City": self.dice.choice(_CITIES)})
        for site_list in self.lists:
            site_list.last_number = sum(item.site_list is site_list for item in self.items)

    def _task(self) -> dict:
        fields = {
            "Title": self.dice.choice(SUBJECTS),
            "Details": "\n".join(sentence(self.dice) for _ in range(self.dice.randint(1, 4))),
            "State": self.dice.choice(_STATES),
            "DueDate": f"2026-{self.dice.randint(1, 12):02}-{self.dice.randint(1, 28):02}T00:00:00Z",
            "Effort": self.dice.randint(1, 80) / 2,
            "Urgent": self.dice.random() < 0.3,
            "AssignedLookupId": str(self.dice.randint(1, len(self.authors))),
        }
        # An empty field is not among the fields at all.
        return {name: value for name, value in fields.items() if name == "Title" or self.dice.random() < 0.9}

    def _list(self, name: str, display_name: str, columns: list[dict], **facts) -> SiteList:
        made = SiteList(
            id=derived_id(self.web.id, "list", name),
            tenant=self.web.tenant,
            web=self.web,
            name=name,
            display_name=display_name,
            columns=columns,
            created_at=self.begin,
            modified_at=self.end,
            **facts,
        )
        self.lists.append(made)
        return made

    def _item(self, site_list: SiteList, fields: dict) -> None:
        number = site_list.last_number = site_list.last_number + 1
        span = max(1, int((self.end - self.begin).total_seconds()))
        at = self.begin + timedelta(seconds=self.dice.randrange(span))
        self.items.append(
            ListItem(
                id=derived_id(site_list.id, "item", number),
                site_list=site_list,
                number=number,
                fields=fields,
                created_at=at,
                modified_at=at,
                **signed(self.dice.choice(self.authors)),
            )
        )
