"""Settings of the simulators' own site. Everything that may differ comes through `simulators.environment`."""

import secrets
from pathlib import Path

from simulators import environment

ROOT = Path(__file__).resolve().parent

PUBLIC_URL = environment.public_url()
LOGIN_URL_BASE = f"{PUBLIC_URL}/login"
GRAPH_URL_BASE = f"{PUBLIC_URL}/graph"
APPS_FILE = environment.apps_file()
THROTTLE_FACTOR = environment.throttle_factor()
STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_WEBHOOK_URL = environment.stripe()

# Signs nothing that outlives the process; what must survive a restart is signed with a secret kept in the database.
SECRET_KEY = secrets.token_urlsafe(48)
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "simulators.microsoft365",
    "simulators.microsoft365.outlook",
    "simulators.microsoft365.drives",
    "simulators.microsoft365.teams",
    "simulators.stripe",
]
MIDDLEWARE = [
    "simulators.microsoft365.journal.JournalMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "simulators.microsoft365.login.faulty.FaultyLoginMiddleware",
]
ROOT_URLCONF = "simulators.urls"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
DATABASES = {"default": environment.database() | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
# Cookies know no ports: these names keep apart from those of a product at the same host.
CSRF_COOKIE_NAME = "simulator_csrf"
CSRF_COOKIE_PATH = "/login"
# A proxy in front may speak another scheme than this process hears.
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # A status from 500 on may be a fault somebody asked for; only what really broke is worth a line.
    "filters": {
        "broken": {"()": "django.utils.log.CallbackFilter", "callback": lambda record: bool(record.exc_info)},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "level": "ERROR", "filters": ["broken"]}},
    "loggers": {"django": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}
