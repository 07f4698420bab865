"""Addresses outside of Graph, which hold what they are good for."""

from uuid import UUID

from django.conf import settings

from simulators.microsoft365.graph import links


def outside_address(kind: str, claims: dict, tenant_id: UUID) -> str:
    """Return an address of ``kind`` (uploads, imports). Whoever knows it may write: no token is wanted there."""
    return f"{settings.PUBLIC_URL}/outlook/{kind}/{links.pack(claims | {'tenant': str(tenant_id)})}"
