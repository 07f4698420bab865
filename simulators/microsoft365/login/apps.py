"""The app that a page of the sign-in service is about."""

from django.http import QueryDict

from simulators.microsoft365.login.refusals import SignInRefused
from simulators.microsoft365.registry import App, registry


def asking_app(parameters: QueryDict, tenant_word: str) -> App:
    """Return the registered app that sends somebody here. Raises `SignInRefused`."""
    client_id = parameters.get("client_id", "")
    if not client_id:
        raise SignInRefused(900144, "The request body must contain the following parameter: 'client_id'.")
    app = registry.get(client_id)
    if app is None:
        raise unknown_app(client_id, tenant_word)
    redirect_uri = parameters.get("redirect_uri", "")
    if redirect_uri not in app.redirect_uris:
        raise SignInRefused(
            50011,
            f"The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured "
            f"for the application '{app.client_id}'.",
        )
    return app


def unknown_app(client_id: str, tenant_word: str) -> SignInRefused:
    """Return the refusal for an app nobody registered."""
    return SignInRefused(
        700016,
        f"Application with identifier '{client_id}' was not found in the directory '{tenant_word}'. This can happen "
        "if the application has not been installed by the administrator of the tenant.",
    )
