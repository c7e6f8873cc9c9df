"""Settings, read top to bottom; every value a deployment may change comes from the environment.

One long file on purpose: later parts use what earlier ones say, and an operator searches one place.
How a value is read and what is wrong with it is told by `environ`.
"""

import os
import sys
from pathlib import Path

# LangGraph reads this when it is imported: before anything else can import it (facts: strict
# deserialisation is off by default, and a checkpoint could then build any object).
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"

from django.core.exceptions import ImproperlyConfigured

from langvel_site import environ
from langvel_site.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules

# --- where it runs ------------------------------------------------------------------------------

DEBUG = environ.flag("LANGVEL_DEBUG") and not TESTING
DATA_DIR = Path(environ.text("LANGVEL_DATA_DIR") or BASE_DIR / ".langvel").expanduser().absolute()

HOST = environ.text("HOST") or "127.0.0.1"
PORT = environ.number("PORT", 8000, most=65535)
# The address people type. Its scheme decides whether cookies are bound to HTTPS.
PUBLIC_URL = environ.address("LANGVEL_URL", f"http://127.0.0.1:{PORT}")
INSECURE_HTTP = environ.flag("LANGVEL_INSECURE_HTTP")
HTTPS = PUBLIC_URL.scheme == "https"

LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]
BIND_ADDRESSES = [] if HOST in {"0.0.0.0", "::"} else [HOST]  # noqa: S104
ALLOWED_HOSTS = [
    str(PUBLIC_URL.hostname),
    *LOOPBACK,
    *BIND_ADDRESSES,
    *environ.words("LANGVEL_ALLOWED_HOSTS"),
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL.geturl().rstrip("/")]

SECRET_KEY_IS_OURS = not environ.text("LANGVEL_SECRET_KEY")
SECRET_KEY = environ.text("LANGVEL_SECRET_KEY") or environ.secret_kept_in(DATA_DIR / "secret_key")
SECRET_KEY_FALLBACKS = environ.words("LANGVEL_SECRET_KEY_FALLBACKS")

# --- what it is made of -------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "langvel_site.apps.CollectedFilesConfig",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "channels",
    "django_htmx",
    "procrastinate.contrib.django",
    "agents.apps.AgentsConfig",
    "approvals.apps.ApprovalsConfig",
]

MIDDLEWARE = [
    "langvel_site.middleware.SecurityHeadersMiddleware",
    "langvel_site.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "langvel_site.middleware.RequestSizeMiddleware",
    # It pads what it compresses at random, so that lengths tell nothing of tokens in a page.
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "approvals.web.reader.locales.LanguageMiddleware",
    "approvals.audit.denials.AuditMiddleware",
]

ROOT_URLCONF = "langvel_site.urls"
WSGI_APPLICATION = "langvel_site.wsgi.application"
ASGI_APPLICATION = "langvel_site.asgi.application"

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
            ],
        },
    },
]

# --- database -----------------------------------------------------------------------------------

DATABASE_URL = environ.text("DATABASE_URL")
if DATABASE_URL:
    DATABASES = {"default": environ.database(DATABASE_URL)}
else:
    try:
        # Tests get a server of their own, without fsync: their data is worth nothing.
        EMBEDDED = EmbeddedPostgres.shared(
            DATA_DIR / ("postgres-for-tests" if TESTING else "postgres"), durable=not TESTING
        )
    except EmbeddedPostgresError as error:
        raise ImproperlyConfigured(str(error)) from error
    DATABASES = {"default": EMBEDDED.django_settings()}
    DATABASE_URL = EMBEDDED.url()

DATABASES["default"] |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
if not TESTING:
    # Behind a2wsgi a pool makes database views 2.5 to 4.5 times as fast. It holds as many
    # connections as there are WSGI threads, and a few for the sockets.
    WSGI_THREADS = environ.number("LANGVEL_WSGI_THREADS", 8, least=1, most=64)
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
        "min_size": 0,
        "max_size": WSGI_THREADS + 4,
        "timeout": 10,
        # Else the pool waits twice as long after each failure, and an outage of seconds lasts
        # a minute for us.
        "reconnect_timeout": 2,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people -------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["approvals.backends.Accounts"]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# --- safety -------------------------------------------------------------------------------------

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if HTTPS else 0

# 2.5 MB holds any state a person could review; forms of large states have many fields.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- language, time, files ----------------------------------------------------------------------

# The language of whoever chose none and whose browser asks for none of these: docs/languages.md.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = environ.text("LANGVEL_TIME_ZONE") or "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(environ.text("LANGVEL_STATIC_ROOT") or DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "langvel_site.bundles.BundleFinder",
]
# Without collected files a page still works, with plain names.
WHITENOISE_MANIFEST_STRICT = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = DEBUG or TESTING
HASHES_STATIC_FILES = not (DEBUG or TESTING)
SIMPLE_STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"
HASHED_STATIC = "langvel_site.storage.SiteFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": HASHED_STATIC if HASHES_STATIC_FILES else SIMPLE_STATIC},
}

# --- live news ----------------------------------------------------------------------------------

REDIS_URL = environ.text("REDIS_URL")
if REDIS_URL and not TESTING:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": "langvel"},
        }
    }
else:
    CHANNEL_LAYERS = {
        "default": {"BACKEND": "approvals.channel_layer.PostgresChannelLayer", "CONFIG": {}}
    }

# --- REST ---------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    # Tokens first: their challenge turns "who are you" into 401 rather than 403.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "approvals.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    # The browsable pages need inline scripts, which the content policy refuses.
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# For each person, in each web process: a limit for loops gone wild, not for busy reviewers.
LANGVEL_POSTS_PER_MINUTE = environ.number("LANGVEL_POSTS_PER_MINUTE", 3000)
# How long POST /approve waits for the run to get on before it answers "resuming".
LANGVEL_APPROVE_WAIT_SECONDS = 5
# What callbacks are signed with, newest first; each asker has a secret derived from these. Without
# any, from the secret key.
LANGVEL_WEBHOOK_SECRETS = environ.words("LANGVEL_WEBHOOK_SECRET") or [SECRET_KEY]
# Hosts that may be called back at a private address and without TLS.
LANGVEL_CALLBACK_ALLOW = [host.lower() for host in environ.words("LANGVEL_CALLBACK_ALLOW")]
SPECTACULAR_SETTINGS = {
    "TITLE": "Langvel Approvals",
    "DESCRIPTION": "Review of agents that wait for a person.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_NAME_OVERRIDES": {
        "RunStatus": "approvals.models.Run.Status",
        "InterruptStatus": "approvals.models.Interrupt.Status",
        "ApproveStatus": "approvals.api.serializers.deciding.APPROVE_STATUSES",
        "BulkStatus": "approvals.api.serializers.deciding.BULK_STATUSES",
        "UndoneStatus": "approvals.api.serializers.deciding.UNDONE_STATUSES",
        "DecidedStatus": "approvals.api.serializers.deciding.DECIDED_STATUSES",
        "RequestStatus": "approvals.requests.standing.STATUSES",
        "DeliveryStatus": "approvals.models.Delivery.Status",
        "DecisionVerb": "approvals.api.serializers.interrupts.VERBS",
    },
}

# --- agents and jobs ----------------------------------------------------------------------------

LANGVEL_AGENTS = {
    "orders": "agents.samples.orders.OrderApprovalAgent",
    "refunds": "agents.samples.refunds.RefundAgent",
    "mailer": "agents.samples.mailer.mail_graph",
} | environ.agents("LANGVEL_AGENTS")

# How questions are to be decided, by agent or glob: docs/policies.md.
LANGVEL_POLICIES = environ.json_object("LANGVEL_POLICIES")
# How long a decision made on a page can be taken back where no policy says; 0 for not at all.
LANGVEL_UNDO_SECONDS = environ.number("LANGVEL_UNDO_SECONDS", 10, most=120)

# Jobs are deferred by name; only a worker imports them, and with them LangGraph (0.7 s, 30 MB).
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
PROCRASTINATE_IMPORT_PATHS = ["approvals.tasks"]

# --- audit --------------------------------------------------------------------------------------

# Whoever has it can seal a false history: docs/audit.md says where to keep it.
LANGVEL_AUDIT_KEY = environ.text("LANGVEL_AUDIT_KEY") or environ.secret_kept_in(
    DATA_DIR / "audit_key"
)
# Public keys of former times, in hexadecimal.
LANGVEL_AUDIT_TRUSTED_KEYS = environ.words("LANGVEL_AUDIT_TRUSTED_KEYS")
# Where seals go besides the database: a file, http(s)://… (POST) or put+https://…{seq}… (PUT).
LANGVEL_AUDIT_SINK = environ.text("LANGVEL_AUDIT_SINK")
LANGVEL_AUDIT_SINK_HEADERS = environ.texts_by_name("LANGVEL_AUDIT_SINK_HEADERS")

# --- what is written down -----------------------------------------------------------------------

# Mail tells supervisors what nobody answered in time; without a server it is printed.
MAIL_SERVER = environ.mail_server("LANGVEL_EMAIL_URL")
MAIL_BACKEND = "smtp" if MAIL_SERVER else "console"
EMAIL_BACKEND = f"django.core.mail.backends.{MAIL_BACKEND}.EmailBackend"
EMAIL_HOST = MAIL_SERVER.get("EMAIL_HOST", "")
EMAIL_PORT = MAIL_SERVER.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = MAIL_SERVER.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = MAIL_SERVER.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = MAIL_SERVER.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = MAIL_SERVER.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environ.text("LANGVEL_FROM_EMAIL") or f"approvals@{PUBLIC_URL.hostname}"

LOG_LEVEL = (environ.text("LANGVEL_LOG_LEVEL") or "INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
    raise ImproperlyConfigured(f"LANGVEL_LOG_LEVEL={LOG_LEVEL!r} is not a level of logging.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "format": "{asctime} {levelname} {name}: {message}",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            "style": "{",
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        **{name: {"level": LOG_LEVEL} for name in ("approvals", "agents", "langvel")},
        # Django mails its admins by default and prints every refused request twice.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "ERROR"},
    },
}
