"""Settings, read from the environment and from `.env`; `.env.example` documents each.

Without DEBUG=true these are production's: missing or default secrets stop the start.
"""

from __future__ import annotations

import os
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from backoffice.theme import UNFOLD  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(os.environ.get("ENV_FILE", BASE_DIR / ".env"))

DEBUG = env.bool("DEBUG", default=False)

_INSECURE_SECRET_KEY = "insecure-development-key"  # noqa: S105
_INSECURE_CREDENTIAL_KEY = "MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="
SECRET_KEY = env.str("SECRET_KEY", default=_INSECURE_SECRET_KEY)
CREDENTIAL_KEYS = env.list("CREDENTIAL_KEYS", default=[_INSECURE_CREDENTIAL_KEY])
if not DEBUG:
    if SECRET_KEY == _INSECURE_SECRET_KEY or len(SECRET_KEY) < 32:
        raise ImproperlyConfigured(
            "SECRET_KEY is missing or too short. Set it in the environment or in .env to at least 50 random characters, "
            'made by: python3 -c "import secrets; print(secrets.token_urlsafe(50))"'
        )
    if not CREDENTIAL_KEYS or _INSECURE_CREDENTIAL_KEY in CREDENTIAL_KEYS:
        raise ImproperlyConfigured(
            "CREDENTIAL_KEYS is missing. It encrypts the shops' logins; set it in the environment or in .env to a key "
            'made by: python3 -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"'
        )

# The address under which browsers and shops reach Kontor: shops fetch pictures from it and call it.
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
_PUBLIC = urlsplit(PUBLIC_URL)
if _PUBLIC.scheme not in ("http", "https") or not _PUBLIC.hostname:
    raise ImproperlyConfigured(f"PUBLIC_URL must look like https://kontor.example.com, not {PUBLIC_URL!r}.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if DEBUG else [_PUBLIC.hostname])
# A monitor on the same host, and the container's own health check.
ALLOWED_HOSTS += [name for name in ("localhost", "127.0.0.1") if name not in ALLOWED_HOSTS]
CSRF_TRUSTED_ORIGINS = [
    f"{_PUBLIC.scheme}://{_PUBLIC.netloc}",
    *env.list("CSRF_TRUSTED_ORIGINS", default=[]),
]

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "backoffice",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_q",
    "import_export",
    "tree_queries",
    "auditlog",
    "axes",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "inventory",
    "orders",
    "shops",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "backoffice.second_factor.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "backoffice.journal.JournalMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
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
            ]
        },
    }
]

# Database

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'var' / 'kontor.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    if Path(DATABASES["default"]["NAME"]).parent == BASE_DIR / "var":
        (BASE_DIR / "var").mkdir(exist_ok=True)
    # Without IMMEDIATE, two writers that read first fail at once, whatever the time-out (ECOSYSTEM: 36 of 40 tasks).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
    # A file: threads of a test cannot share a database in memory.
    DATABASES["default"]["TEST"] = {"NAME": str(BASE_DIR / "var" / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A host that is cut off must neither keep its locks at the server nor wait for an answer for hours (both would by
    # default). No transaction of ours waits for anything but the database.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 10,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        "options": "-c idle_in_transaction_session_timeout=60s -c tcp_keepalives_idle=30"
        " -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3",
    } | DATABASES["default"].get("OPTIONS", {})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Languages and time

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
FORMAT_MODULE_PATH = "backoffice.formats"
LANGUAGES = [("en", "English"), ("cs", "Čeština"), ("pl", "Polski"), ("hu", "Magyar"), ("sl", "Slovenščina")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Prague")
USE_TZ = True

# Files

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))()
MEDIA_URL = "media/"
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "media"))()
STORAGES = {
    "default": {
        "BACKEND": env.str("MEDIA_STORAGE", default="django.core.files.storage.FileSystemStorage"),
        "OPTIONS": env.json("MEDIA_STORAGE_OPTIONS", default={}),
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
# The matrix and the lists' "select all" send more fields than Django's thousand.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# The only folder of this host that file shops may exchange files through; their own folders lie below it.
EXCHANGE_ROOT = env.path("EXCHANGE_ROOT", default=str(BASE_DIR / "var" / "exchange"))()

# Networks inside which shops and pictures may lie (backoffice.lib.targets); the demo shop is on this machine.
PRIVATE_TARGETS = env.list(
    "PRIVATE_TARGETS", default=["127.0.0.0/8"] if "DEMO_SHOP_URL" in os.environ else []
)
for _network in PRIVATE_TARGETS:
    try:
        ip_network(_network.strip(), strict=False)
    except ValueError as _error:
        raise ImproperlyConfigured(
            f"PRIVATE_TARGETS must list networks like 192.168.1.0/24 with commas between, not {_network!r}."
        ) from _error

# Jobs (ECOSYSTEM §2.1). The broker is a doorbell; the truth stands in shops.models.Run.

_TASK_TIMEOUT_S = 120
_WORKERS = env.int("WORKERS", default=2)
BROKER_URL = env.str("BROKER_URL", default="")
Q_CLUSTER: dict[str, Any] = {
    "name": "kontor",  # the salt of waiting tasks as well: another name makes them unreadable
    "workers": _WORKERS,
    "queue_limit": 1,  # what is pulled into memory and not begun is late for redelivery, and lost by a kill on Redis
    "bulk": 1,
    "timeout": _TASK_TIMEOUT_S,
    # More than timeout x (1 + ceil((queue_limit + 1) / workers)), or waiting tasks are run twice: backoffice.E003.
    "retry": 420,
    "ack_failures": True,  # a failed task would come back for ever; our rows decide about trying again
    "max_attempts": 1,
    "catch_up": False,  # a minute's tick that was missed need not be run sixty times
    "recycle": 500,
    "save_limit": 250,
    "poll": 0.5,
    "label": _("Jobs"),
    # What a person waits for ("Test settings") must not queue behind a nightly run.
    "ALT_CLUSTERS": {
        "quick": {"workers": env.int("QUICK_WORKERS", default=2), "timeout": _TASK_TIMEOUT_S, "retry": 420}
    },
}
if BROKER_URL:
    Q_CLUSTER["redis"] = BROKER_URL
else:
    Q_CLUSTER["orm"] = "default"
# `manage.py worker`: a probe every pulse; none seen for the task time-out plus the slack = the cluster hangs.
WORKER_PULSE_S = 15.0
WORKER_SLACK_S = 60.0
# How often the workers of the short runs look for what changed here and has to go into the shops.
WORKER_LOOK_S = 5.0
# How long a stopping worker may finish its slice before it is killed.
WORKER_GRACE_S = _TASK_TIMEOUT_S + 20.0
# A cluster that ends sooner could not start; the pause before the next grows.
WORKER_SETTLED_S = 10.0
# The clusters that /readyz expects to be alive.
WORKER_CLUSTERS = env.list("WORKER_CLUSTERS", default=["kontor", "quick"])

CACHE_URL = env.str("CACHE_URL", default=BROKER_URL)
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# How long writing one export file may take (a million rows of XLSX take minutes); other tasks end after 120 s.
EXPORT_TIMEOUT_S = env.int("EXPORT_TIMEOUT_S", default=1800)
# Who may read /metrics: Authorization: Bearer ...; empty = nobody.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# Who is told when background work fails or falls silent: addresses, and a URL that gets JSON by POST.
ALARM_MAILS = env.list("ALARM_MAILS", default=[])
ALARM_URL = env.str("ALARM_URL", default="")

# How long the past is kept. What an undo needs stays for 30 days, however little is set here.
RUN_RETENTION_DAYS = env.int("RUN_RETENTION_DAYS", default=180)
CHANGE_RETENTION_DAYS = env.int("CHANGE_RETENTION_DAYS", default=60)
CALL_RETENTION_DAYS = env.int("CALL_RETENTION_DAYS", default=14)
# How long logins, tries to log in and the admin's own history are kept; the journal stays for ever.
ACCESS_RETENTION_DAYS = env.int("ACCESS_RETENTION_DAYS", default=180)
# How long files that staff wrote to look into are kept.
EXPORT_RETENTION_DAYS = env.int("EXPORT_RETENTION_DAYS", default=30)

# Mail

vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
# Django's default waits for ever: one silent mail server would hold all workers.
EMAIL_TIMEOUT = env.float("EMAIL_TIMEOUT", default=30.0)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"kontor@{_PUBLIC.hostname}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
ADMINS = [("", address) for address in env.list("ADMINS", default=[])]

# Login and browsers

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
# Besides the password a code from the phone: asked of everybody, or left to each.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=False)
OTP_TOTP_ISSUER = f"Kontor {_PUBLIC.hostname}"
OTP_TOTP_SYNC = True
# A login lasts a working day.
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600
LOGIN_REDIRECT_URL = "admin:index"
# By name and address together, and by each of them alone: backoffice.logins says why.
AXES_HANDLER = "backoffice.logins.LoginHandler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
LOGIN_FAILURES_OF_ADDRESS = 30
LOGIN_FAILURES_OF_NAME = 30
AXES_COOLOFF_TIME = timedelta(minutes=15)
# A try that the lock refuses does not make it longer: colleagues behind the same address would keep each other out.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "backoffice.clients.network"

# "Who changed what" takes no client's word: not for the address (JournalMiddleware), nor for a number of the request.
AUDITLOG_CID_HEADER = None

# Behind a proxy that sets X-Forwarded-Proto and X-Forwarded-For itself. Never true without one: they can be forged.
TRUST_PROXY = env.bool("TRUST_PROXY", default=False)
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
HTTPS = env.bool("HTTPS", default=_PUBLIC.scheme == "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked from inside, by the container's own address
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Preloading binds the firm's whole domain for years: its owner's decision, not ours.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        # unfold's Alpine evaluates its attributes; without it an invisible dialog covers the login button.
        "script-src": ["'self'", "'unsafe-eval'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", *env.list("IMAGE_HOSTS", default=[])],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# Logs

LOG_FORMAT = env.str("LOG_FORMAT", default="text")
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
if LOG_FORMAT not in ("text", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT is text or json, not {LOG_FORMAT!r}.")
_LOG_SECRETS = [
    secret
    for secret in (
        SECRET_KEY,
        *CREDENTIAL_KEYS,
        DATABASES["default"].get("PASSWORD"),
        urlsplit(BROKER_URL).password,
        urlsplit(CACHE_URL).password,
        vars().get("EMAIL_HOST_PASSWORD"),
        METRICS_TOKEN,
        # Hooks of chats carry their secret in the path or the query; http libraries log those without the host.
        ALARM_URL,
        *(part for part in urlsplit(ALARM_URL)[2:4] if len(part) >= 12),
    )
    if secret
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "about": {"()": "backoffice.lib.logs.AboutFilter"},
        "without_pulse": {"()": "backoffice.lib.logs.WithoutPulse"},
    },
    "formatters": {
        "text": {
            "()": "backoffice.lib.logs.TextFormatter",
            "format": "%(asctime)s %(levelname)-7s %(name)s%(about)s %(message)s",
            "secrets": _LOG_SECRETS,
        },
        "json": {
            "()": "backoffice.lib.logs.JsonFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(process)d %(message)s",
            "secrets": _LOG_SECRETS,
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["about", "without_pulse"],
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own console handler speaks only with DEBUG; errors to ADMINS by mail stay.
        "django": {"handlers": ["mail_admins"] if ADMINS else [], "level": LOG_LEVEL},
        "django.server": {"handlers": [], "level": "INFO"},
        # A line for every task would drown the rest.
        "django-q": {"level": "WARNING" if LOG_LEVEL == "INFO" else LOG_LEVEL},
        "axes": {"level": "WARNING"},
    },
}
if ADMINS:
    LOGGING["handlers"]["mail_admins"] = {  # type: ignore[index]
        "class": "backoffice.lib.logs.MailHandler",
        "level": "ERROR",
        "filters": ["about"],
        "secrets": _LOG_SECRETS,
    }

PLATFORMS = {
    "woocommerce": "shops.platforms.woocommerce.platform.WooCommerce",
    "shoper": "shops.platforms.shoper.platform.Shoper",
    "oscommerce": "shops.platforms.oscommerce.platform.OsCommerce",
    "files": "shops.platforms.files.platform.Files",
}
