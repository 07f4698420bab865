"""Operations on sites, and on the tenant as a whole."""

from simulators.microsoft365.generator.groups import nickname, site_of
from simulators.microsoft365.graph.site_shape import graph_id
from simulators.microsoft365.models import Site
from simulators.microsoft365.mutations.finding import named_site
from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger


def create_site(ledger: Ledger, arguments: dict) -> dict:
    """Create a communication site: ``display_name``, and if wanted ``path``."""
    name = arguments.get("display_name") or "New site"
    path = arguments.get("path") or f"/sites/{nickname(name)}"
    if Site.objects.live().filter(tenant=ledger.tenant, path=path).exists():
        raise CannotMutate(f"There is a site at {path} already.")
    site = site_of(ledger.tenant, path, name, ledger.now.replace(microsecond=0), identity=ledger.new_id())
    ledger.create(site)
    return _answer(site)


def rename_site(ledger: Ledger, arguments: dict) -> dict:
    """Give a ``site`` another ``display_name``; its address stays."""
    site = named_site(ledger, arguments)
    if not arguments.get("display_name"):
        raise CannotMutate("rename_site needs 'display_name'.")
    ledger.update(site, display_name=arguments["display_name"], modified_at=ledger.now)
    return _answer(site)


def delete_site(ledger: Ledger, arguments: dict) -> dict:
    """Delete a ``site``."""
    site = named_site(ledger, arguments)
    ledger.remove_site(site)
    return _answer(site)


def empty(ledger: Ledger, arguments: dict) -> dict:
    """Let the whole tenant answer empty lists, or with ``empty: false`` be itself again."""
    ledger.tenant.is_empty = bool(arguments.get("empty", True))
    ledger.tenant.save(update_fields=["is_empty"])
    return {"empty": ledger.tenant.is_empty}


def _answer(site: Site) -> dict:
    return {"id": graph_id(site), "path": site.path}
