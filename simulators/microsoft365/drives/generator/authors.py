"""Who writes what in a site."""

from dataclasses import dataclass
from uuid import UUID

from simulators.microsoft365.models import Kind, Person, Site

_MOST = 12


@dataclass(frozen=True)
class Author:
    """Somebody, with the name of the day."""

    id: UUID
    name: str


def authors_of(site: Site) -> list[Author]:
    """Return who writes in a site: the owner of a OneDrive, else some of the first staff, who may have left since.

    There is always somebody, and the same people whoever asks when.
    """
    people = Person.objects.filter(tenant=site.tenant)
    if site.owner_id:
        people = people.filter(id=site.owner_id)
    else:
        people = people.filter(kind=Kind.MEMBER, created_seq=0)
    found = [Author(*row) for row in people.order_by("id").values_list("id", "display_name")[:_MOST]]
    return found or [Author(site.tenant.admin_id, "System Account")]


def signed(author: Author, editor: Author | None = None) -> dict:
    """Return the fields that say who made and who changed something."""
    editor = editor or author
    return {
        "author_id": author.id,
        "author_name": author.name,
        "editor_id": editor.id,
        "editor_name": editor.name,
    }
