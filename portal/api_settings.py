"""How programs are answered: settings of the framework and of the description of the API."""

# A key opens what its scopes say, and a view that names no scope opens to nobody.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api_access.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api_access.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api_access.KeyThrottle"],
    # Nothing is written through the API, so no body is ever read.
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "portal.api_schema.ApiSchema",
    "EXCEPTION_HANDLER": "accounts.api_problems.answer_exception",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Portico API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "APPEND_COMPONENTS": {
        "securitySchemes": {"ApiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}},
    },
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "BackupStatus": "organizations.models.organization.BackupStatus",
        "ConnectionState": "organizations.models.organization.ConnectionState",
        "Service": "organizations.models.connection.Service",
        "DataKind": "backups.models.Container.Kind",
        "DataStatus": "backups.models.Container.Status",
        "Protection": "organizations.models.Item.Protection",
        "Mailbox": "organizations.models.Item.Mailbox",
        "SharedResourceType": "backups.api.items.SHARED_KINDS",
    },
}
