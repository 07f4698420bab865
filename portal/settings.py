"""Settings of the product. What differs between two machines comes from the environment, nothing else does.

The figures are argued in `docs/decisions/` and in the README's table of settings.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import sealing
from portal.api_settings import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401 - settings
from portal.environment import Environment, SettingProblem
from portal.sign_in_settings import *  # noqa: F403 - settings

read = Environment()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = read.folder("VAR_DIR", BASE_DIR / "var")

MODE = read.choice("PORTICO_MODE", ("production", "development", "test"), "production")
IS_DEVELOPMENT = MODE == "development"
IS_BENCH = MODE != "production" and read.text("PORTICO_BENCH", "") == "1"
DEBUG = False

# Addresses ------------------------------------------------------------------
BASE_URL = read.web_address("BASE_URL")
IS_HTTPS = BASE_URL.startswith("https://")
if MODE == "production" and not IS_HTTPS:
    raise SettingProblem("Setting BASE_URL must start with https:// in production.")
ALLOWED_HOSTS = read.texts("ALLOWED_HOSTS", [urlsplit(BASE_URL).hostname])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
TRUSTED_PROXY_COUNT = read.whole_number("TRUSTED_PROXY_COUNT", 0)
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

# Secrets --------------------------------------------------------------------
SECRET_KEY = read.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = read.texts("SECRET_KEY_FALLBACKS", [])
SEALING_KEYS = read.texts("SEALING_KEYS")
if not all(sealing.is_sealing_key(key) for key in SEALING_KEYS):
    raise SettingProblem("Setting SEALING_KEYS must be a comma-separated list of keys, 32 bytes in base64 each.")

# Opens our credentials at the providers. Workers and the command line hold it; the web process never does.
SOURCE_KEYS = read.texts("SOURCE_KEYS", [])
if not all(sealing.is_sealing_key(key) for key in SOURCE_KEYS):
    raise SettingProblem("Setting SOURCE_KEYS must be a comma-separated list of keys, 32 bytes in base64 each.")

# Apps -----------------------------------------------------------------------
INSTALLED_APPS = [
    "accounts",
    "organizations",
    "backups",
    "billing",
    "support",
    "news",
    "training",
    "notifications",
    "jobs",
    "portal",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular_sidecar",
    "django_htmx",
    "portal.admin_site.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
]
MIDDLEWARE = [
    "portal.security_headers.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.errors.BadInputMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SessionLimitsMiddleware",
    "accounts.middleware.SignInRequiredMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "accounts.middleware.PersonMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.shell",
            ],
            "builtins": ["django.templatetags.static", "portal.templatetags.portico"],
        },
    }
]
FORM_RENDERER = "portal.form_renderer.PorticoRenderer"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# No collectstatic step: the folders are small, and whitenoise keeps their list in memory.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = IS_DEVELOPMENT
MEDIA_ROOT = VAR_DIR / "media"

# Servers --------------------------------------------------------------------
DATABASES = {"default": read.database()}
DATABASES["default"].update(
    ENGINE="django.db.backends.postgresql",
    CONN_MAX_AGE=300,
    CONN_HEALTH_CHECKS=True,
    ATOMIC_REQUESTS=False,
)
DATABASES["default"].setdefault("OPTIONS", {}).setdefault(
    "options",
    "-c statement_timeout=15s -c lock_timeout=3s -c idle_in_transaction_session_timeout=30s",
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
BROKER_URL, CACHE_URL = read.redis(first_database=read.whole_number("REDIS_FIRST_DATABASE", 0))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "TIMEOUT": 3600,
        "KEY_PREFIX": "portico",
        "OPTIONS": {"socket_connect_timeout": 3, "socket_timeout": 5},
    }
}

WORKER_SOFT_SHUTDOWN_SECONDS = read.whole_number("WORKER_SOFT_SHUTDOWN_SECONDS", 20)
WORKER_MEMORY_MB = read.whole_number("WORKER_MEMORY_MB", 2048)

# Mail -----------------------------------------------------------------------
_smtp = read.email()
MAIL_IS_KEPT_IN_INBOX = not _smtp
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = _smtp.get("EMAIL_HOST", "")
EMAIL_PORT = _smtp.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _smtp.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _smtp.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = bool(_smtp.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL = bool(_smtp.get("EMAIL_USE_SSL"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = read.text("DEFAULT_FROM_EMAIL", "Portico <portico@localhost>")
PLATFORM_STAFF_EMAILS = read.texts("PLATFORM_STAFF_EMAILS", [])
# Whom mails about tickets come from, and the domain whose mails `manage.py receive_mail` takes. Without one, answers
# are given in the portal only.
SUPPORT_FROM_EMAIL = read.text("SUPPORT_FROM_EMAIL", DEFAULT_FROM_EMAIL)
REPLY_DOMAIN = read.text("REPLY_DOMAIN", "")
if MODE == "production" and MAIL_IS_KEPT_IN_INBOX:
    raise SettingProblem("Setting EMAIL_URL must name a mail server in production; inbox: is for development.")

# Addresses that people type, such as those of webhooks --------------------------
# Networks that are not public and may be called all the same; empty for nearly everybody.
OUTBOUND_INTERNAL_NETWORKS = read.networks("OUTBOUND_INTERNAL_NETWORKS")
OUTBOUND_ALLOWS_HTTP = read.choice("OUTBOUND_ALLOWS_HTTP", ("0", "1"), "0") == "1"
if MODE == "production" and OUTBOUND_ALLOWS_HTTP:
    raise SettingProblem("Setting OUTBOUND_ALLOWS_HTTP is for development and tests; in production only https is used.")

# People and sign-in: what differs between machines; the rest is in `sign_in_settings` ------------
PASSWORD_RESET_TIMEOUT = 30 * 60
INVITATION_LIFETIME = timedelta(days=7)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS

# Billing (docs/decisions/0019) --------------------------------------------------
# Who lets an Accountant see it: the platform's staff, or the partner's own Administrators.
BILLING_OPENED_BY = read.choice("BILLING_OPENED_BY", ("staff", "partner"), "staff")
# Who sells, as it is printed on invoices: name, address, tax number. Without it no invoice can be issued.
BILLING_SELLER = read.lines("BILLING_SELLER")
# Where a bank transfer goes to: bank, IBAN, BIC.
BILLING_BANK = read.lines("BILLING_BANK")
# Who turns drafts into invoices: the clock on the first of each month, or the platform's staff by hand.
INVOICES_ISSUED = read.choice("INVOICES_ISSUED", ("clock", "staff"), "clock")

# Card payments on Stripe's own pages (docs/decisions/0020); without a key invoices are paid by bank transfer. Web
# process and workers hold it.
STRIPE_SECRET_KEY = read.beginning_with("STRIPE_SECRET_KEY", "sk_", "rk_")
# Proves that an event comes from Stripe.
STRIPE_WEBHOOK_SECRET = read.beginning_with("STRIPE_WEBHOOK_SECRET", "whsec_")
if bool(STRIPE_SECRET_KEY) != bool(STRIPE_WEBHOOK_SECRET):
    raise SettingProblem("Setting STRIPE_WEBHOOK_SECRET is needed beside STRIPE_SECRET_KEY, and only there.")
STRIPE_API_BASE = read.service_address("STRIPE_API_BASE", "https://api.stripe.com")
# Where its payment pages are: another address for an own domain at Stripe, and for the simulator.
STRIPE_PAGES = read.service_address("STRIPE_PAGES", "https://checkout.stripe.com")

# Sessions -----------------------------------------------------------------------
# Our own middleware notes activity once a minute; the library's would write at every request.
USERSESSIONS_TRACK_ACTIVITY = False

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "__Host-sid" if IS_HTTPS else "sid"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_IDLE_LIMIT = timedelta(minutes=30)
SESSIONS_PER_PERSON = 10
CSRF_USE_SESSIONS = True
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Microsoft 365: other addresses for national clouds and for the simulator -------
MICROSOFT_LOGIN_URL = read.service_address("MICROSOFT_LOGIN_URL", "https://login.microsoftonline.com")
MICROSOFT_GRAPH_URL = read.service_address("MICROSOFT_GRAPH_URL", "https://graph.microsoft.com")
# The audience of tokens; it stays Microsoft's also where another server answers.
MICROSOFT_GRAPH_SCOPE = read.text("MICROSOFT_GRAPH_SCOPE", "https://graph.microsoft.com/.default")
# Hosts that content is fetched from, without our token: names, or endings that begin with a dot.
# Where files come from and uploads go to, by addresses that Microsoft hands out: SharePoint's, and Outlook's for large
# attachments ("attachment: createUploadSession").
_MICROSOFT_CONTENT = [".sharepoint.com", ".svc.ms", ".1drv.com", "outlook.office.com", "outlook.office365.com"]
MICROSOFT_DOWNLOAD_HOSTS = tuple(read.texts("MICROSOFT_DOWNLOAD_HOSTS", _MICROSOFT_CONTENT))
CONSENT_LIFETIME = timedelta(minutes=30)
# Whether workers keep below the provider's published limits by themselves, instead of waiting to be sent away.
PROVIDER_BUDGETS = True
# How long a worker waits for a provider before it gives the job back and does something else.
PROVIDER_PATIENCE = timedelta(seconds=30)
# Where the simulator of a development installation runs; the demo's tenants are made there.
SIMULATOR_URL = read.text("SIMULATOR_URL", "") if IS_DEVELOPMENT else ""

# Vault: the store and its keys are read where they are needed -------------------
# How long bytes that nothing needs any more stay in the store, for those who are just reading them.
VAULT_GRACE = timedelta(hours=read.whole_number("VAULT_GRACE_HOURS", 72, at_least=24))

# Browser --------------------------------------------------------------------
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# A whole request, files and all; views that take larger files say so (`accounts.access.takes_up_to`).
REQUEST_BYTES_AT_MOST = 2 * 1_048_576
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

# Programs -------------------------------------------------------------------
API_CALLS_PER_MINUTE = read.whole_number("API_CALLS_PER_MINUTE", 300, at_least=1)

# Language, time, logs ---------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
SUPPORT_PHONE = read.text("SUPPORT_PHONE", "")
STATUS_URL = read.text("STATUS_URL", "")
# Font files for what PDFs cannot draw otherwise, such as Chinese names (`printing/documents.py`).
DOCUMENT_FONTS = read.files("DOCUMENT_FONTS")
PRIVACY_URL = read.text("PRIVACY_URL", "")
LOG_LEVEL = read.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": LOG_LEVEL, "propagate": False},
        # Its lines hold whole addresses, and the providers' links carry tokens.
        "httpx": {"level": "WARNING"},
        # A line for every question and every answer.
        "stripe": {"level": "WARNING"},
        # Its lines hold reply addresses, which are as good as a signature.
        "mail.log": {"level": "WARNING"},
        # A hundred lines for each document, with the letters of the names in it.
        "fontTools": {"level": "WARNING"},
        "django.server": {"handlers": ["stderr"], "level": LOG_LEVEL, "propagate": False},
    },
}
