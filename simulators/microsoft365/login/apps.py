"""The app that a page of the sign-in service is about."""

from django.http import QueryDict

from simulators.microsoft365.login.refusals import SignInRefused
from simulators.microsoft365.registry import App, BrokenAppsFile, registry


def asking_app(parameters: QueryDict, tenant_word: str) -> App:
    """Return the registered app that sends somebody here. Raises `SignInRefused`."""
    client_id = parameters.get("client_id", "")
    if not client_id:
        raise SignInRefused(900144, "The request body must contain the following parameter: 'client_id'.")
    app = registered_app(client_id, tenant_word)
    redirect_uri = parameters.get("redirect_uri", "")
    if redirect_uri not in app.redirect_uris:
        raise SignInRefused(
            50011,
            f"The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured "
            f"for the application '{app.client_id}'.",
        )
    return app


def registered_app(client_id: str, tenant_word: str) -> App:
    """Return the app with this id. Raises `SignInRefused` 700016, or 90033 when the file of apps is broken."""
    try:
        app = registry.get(client_id)
    except BrokenAppsFile as problem:
        raise SignInRefused(90033, f"A transient error has occurred. {problem}") from problem
    if app is not None:
        return app
    raise SignInRefused(
        700016,
        f"Application with identifier '{client_id}' was not found in the directory '{tenant_word}'. This can happen "
        "if the application has not been installed by the administrator of the tenant.",
    )
