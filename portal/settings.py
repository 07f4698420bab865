"""Settings of the product. What differs between two machines comes from the environment, nothing else does.

The figures are argued in `docs/decisions/` and in the README's table of settings.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import sealing
from portal.environment import Environment, SettingProblem

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
    "notifications",
    "jobs",
    "portal",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
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
if MODE == "production" and MAIL_IS_KEPT_IN_INBOX:
    raise SettingProblem("Setting EMAIL_URL must name a mail server in production; inbox: is for development.")

# People and sign-in (product.md section 8, reliability.md 6.4) ----------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.LengthValidator"},
    {"NAME": "accounts.passwords.ContextWordValidator"},
    {"NAME": "accounts.passwords.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 30 * 60
INVITATION_LIFETIME = timedelta(days=7)
BILLING_OPENED_BY = read.choice("BILLING_OPENED_BY", ("staff", "partner"), "staff")

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# An address is proved by the invitation that was sent to it; nothing else makes an account usable.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,10/h/key"}
ACCOUNT_FORMS = {
    "login": "accounts.forms.sign_in.SignInForm",
    "reset_password": "accounts.forms.sign_in.ForgottenPasswordForm",
    "reset_password_from_key": "accounts.forms.sign_in.NewPasswordForm",
    "change_password": "accounts.forms.sign_in.ChangePasswordForm",
    "reauthenticate": "accounts.forms.sign_in.ConfirmPasswordForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Portico"
MFA_TOTP_TOLERANCE = 0
MFA_TRUST_ENABLED = False
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
MFA_FORMS = {
    "authenticate": "accounts.forms.second_factor.SignInCodeForm",
    "reauthenticate": "accounts.forms.second_factor.ConfirmCodeForm",
    "activate_totp": "accounts.forms.second_factor.FirstCodeForm",
    "add_webauthn": "accounts.forms.second_factor.PasskeyForm",
}
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
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

# Programs: nothing is open until an API says so -------------------------------
REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

# Language, time, logs ---------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
SUPPORT_PHONE = read.text("SUPPORT_PHONE", "")
STATUS_URL = read.text("STATUS_URL", "")
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
        "django.server": {"handlers": ["stderr"], "level": LOG_LEVEL, "propagate": False},
    },
}
