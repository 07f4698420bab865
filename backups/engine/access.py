"""Opening the way to a client's service: the app's credential, a token, the client of the provider.

Only a process that holds SOURCE_KEYS gets past this module; the web process does not.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings

from backups.connectors.base import CredentialRefused, ForeignAddress
from backups.connectors.http import Http
from backups.connectors.microsoft365.allowances import allowance_of
from backups.connectors.microsoft365.graph import Graph
from backups.connectors.microsoft365.tokens import Credential, TokenSource
from backups.engine.budgets import SharedBudgets
from backups.engine.pauses import SharedPauses
from organizations.actions.source_apps import opened, usable_credentials
from organizations.models import Connection, Item, SourceApp, SourceCredential


@contextmanager
def sign_in_service(**timing: Any) -> Iterator[Http]:
    """Yield the client of Microsoft's sign-in, without a token. ``timing`` goes to `Http`."""
    with Http(settings.MICROSOFT_LOGIN_URL, pauses=SharedPauses(), **_patient(timing)) as http:
        yield http


def token_source(http: Http, *, tenant: str, purpose: str, now: datetime) -> TokenSource:
    """Return the source of tokens for our app of ``purpose`` in ``tenant``. Raises `CredentialRefused`."""
    app = SourceApp.objects.filter(purpose=purpose).first()
    if app is None:
        raise CredentialRefused("This installation has no app registration for Microsoft 365.")
    credentials = [_credential(row) for row in usable_credentials(app, now=now)]
    return TokenSource(
        http,
        tenant=tenant,
        client_id=app.client_id,
        credentials=credentials,
        scope=settings.MICROSOFT_GRAPH_SCOPE,
        clock=http.clock,
    )


@contextmanager
def graph_in(tokens: TokenSource, **timing: Any) -> Iterator[Graph]:
    """Yield Graph for the tenant of ``tokens``. ``timing`` goes to `Http`."""
    options = {"pauses": SharedPauses(), "download_hosts": settings.MICROSOFT_DOWNLOAD_HOSTS, **_patient(timing)}
    with Http(settings.MICROSOFT_GRAPH_URL, token=tokens, **options) as http:
        yield Graph(http, tenant=tokens.tenant)


@contextmanager
def graph_of(
    connection: Connection, *, now: datetime, purpose: str = SourceApp.Purpose.BACKUP, **timing: Any
) -> Iterator[tuple[Graph, TokenSource]]:
    """Yield Graph for a connection's tenant, and its tokens. ``timing`` goes to `Http`.

    With the purpose RESTORE it is the app that may write, and it draws from the whole of the provider's budgets.

    Raises `ForeignAddress` for a tenant that was connected through other addresses than are configured today.
    """
    if (connection.login_url, connection.graph_url) != (settings.MICROSOFT_LOGIN_URL, settings.MICROSOFT_GRAPH_URL):
        raise ForeignAddress(
            "This tenant was connected through other addresses of Microsoft than are configured now. Nothing was sent."
        )
    with sign_in_service(**timing) as http:
        tokens = token_source(http, tenant=connection.tenant_id, purpose=purpose, now=now)
        budgets = _budgets(connection, http.clock, restores=purpose == SourceApp.Purpose.RESTORE)
        with graph_in(tokens, budgets=budgets, **timing) as graph:
            yield graph, tokens


def _budgets(connection: Connection, clock: Callable[[], datetime], *, restores: bool) -> SharedBudgets | None:
    if not settings.PROVIDER_BUDGETS:
        return None
    # Licences are not asked for; a tenant has at least as many as there are people with a mailbox.
    licences = connection.items.filter(kind=Item.Kind.USER, has_mail_plan=True).count()
    return SharedBudgets(lambda scope: allowance_of(scope, licences=licences), restores=restores, clock=clock)


def _patient(timing: dict[str, Any]) -> dict[str, Any]:
    return {"patience": settings.PROVIDER_PATIENCE, **timing}


def _credential(row: SourceCredential) -> Credential:
    text = opened(row)
    if row.kind == SourceCredential.Kind.SECRET:
        return Credential(secret=text)
    return Credential(private_key=text, x5t_s256=row.x5t_s256)
