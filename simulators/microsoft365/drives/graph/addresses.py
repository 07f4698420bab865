"""Addresses outside Graph: who holds one needs no token, for as long as it lives. They lie on another host."""

from django.conf import settings

from simulators.microsoft365.clock import clock
from simulators.microsoft365.drives.graph.naming import id_of_node
from simulators.microsoft365.drives.models import Node, Version
from simulators.microsoft365.graph import links

# Documented as valid for a few minutes; about an hour in practice.
DOWNLOADS_LIVE = 3600


def content_base() -> str:
    """Return this same server under the name of another host."""
    scheme, _, rest = settings.PUBLIC_URL.partition("://")
    host, colon, port = rest.partition(":")
    other = "localhost" if host == "127.0.0.1" else "127.0.0.1"
    return f"{scheme}://{other}{colon}{port}/sharepoint"


def download_address(node: Node, version: Version | None = None, *, in_list: bool = False) -> str:
    """Return an address of a file's content as it is now. Some are born expired, as the file's trouble says."""
    now = clock.now().timestamp()
    expires = now + DOWNLOADS_LIVE
    if in_list and node.trouble.get("stale_in_lists"):
        expires = now - 1
    elif not in_list and node.trouble.get("stale", 0) > 0:
        node.trouble = node.trouble | {"stale": node.trouble["stale"] - 1}
        Node.objects.filter(id=node.id).update(trouble=node.trouble)
        expires = now - 1
    edition = version.edition if version else node.edition
    word = links.pack(
        {"node": str(node.id), "edition": edition, "expires": expires, "tenant": str(node.drive.tenant_id)}
    )
    return f"{content_base()}/content/{id_of_node(node)}?tempauth={word}"
