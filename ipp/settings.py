"""Django settings of every audience: one code base started as portal, staff, engine, files or owner (IPP_AUDIENCE).

Values come from the environment through `ipp.env`; what is wrong with them is told by the system checks in `ipp.core.checks`.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
import structlog
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from ipp.env import AUDIENCES, ENV, LOCAL_SECRET, LOGIN_URLS, MODES, ROOT, derived_key, login_url

# -- who am I ---------------------------------------------------------------------------------------------------------
IPP_MODE = ENV.choice("IPP_MODE", MODES, "local")
IPP_AUDIENCE = ENV.choice("IPP_AUDIENCE", AUDIENCES, "owner")
IPP_DEMO = ENV.flag("IPP_DEMO", True)  # whether an empty local system fills itself with invented data
LOCAL, TESTING = IPP_MODE == "local", IPP_MODE == "test"
DEBUG = False
SECRET_KEY = ENV.text("SECRET_KEY", LOCAL_SECRET)
IPP_DATA_DIR = Path(ENV.text("IPP_DATA_DIR", str(ROOT / "var")))

# -- addresses --------------------------------------------------------------------------------------------------------
PORTAL_ORIGIN = ENV.origin("PORTAL_ORIGIN", "http://localhost:8000")
STAFF_ORIGIN = ENV.origin("STAFF_ORIGIN", "http://localhost:8001")
FILES_ORIGIN = ENV.origin("FILES_ORIGIN", "http://localhost:8002")
SANDBOX_ORIGIN = ENV.origin("SANDBOX_ORIGIN", "http://localhost:8003")
SANDBOX_SECRET = ENV.text("SANDBOX_SECRET")  # signs commands; only the engine has it
SANDBOX_REACHED_AT = ENV.text("SANDBOX_REACHED_AT")  # where the engine finds it, if not under the address people see (containers)
_origins = {"portal": PORTAL_ORIGIN, "staff": STAFF_ORIGIN, "files": FILES_ORIGIN}
OWN_ORIGIN = _origins.get(IPP_AUDIENCE, PORTAL_ORIGIN)
SECURE_ORIGIN = OWN_ORIGIN.startswith("https://")
_hosts = {origin.split("://")[1].rsplit(":", 1)[0] for origin in _origins.values()}
ALLOWED_HOSTS = sorted(
    _hosts | set(ENV.words("ALLOWED_HOSTS")) | ({"localhost", "127.0.0.1", "testserver"} if IPP_MODE != "production" else set())
)
ROOT_URLCONF = {"staff": "ipp.urls.staff", "files": "ipp.urls.files"}.get(IPP_AUDIENCE, "ipp.urls.portal")
WSGI_APPLICATION = "ipp.wsgi.application"

# -- applications -----------------------------------------------------------------------------------------------------
_ACCOUNTS = ["allauth", "allauth.account", "allauth.mfa", "allauth.usersessions"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    *([] if IPP_AUDIENCE == "files" else _ACCOUNTS),
    "ipp.core",
    *([] if IPP_AUDIENCE == "files" else ["marketplaces", "rightsholders", "takedowns", "penalties"]),
]
_WEB = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "ipp.core.middleware.ScopeMiddleware",
]
MIDDLEWARE = [
    "ipp.core.request_log.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    *([] if IPP_AUDIENCE == "files" else _WEB),
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "ipp.core.context.page",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "ipp.core.templatetags.ipp"],
        },
    }
]
FORM_RENDERER = "ipp.core.forms.IppRenderer"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- database: the login of this audience, never the owner's in a serving process ---------------------------------------
_env = environ.Env()
_owner_url = ENV.text("DATABASE_URL")
LOGINS_SECRET = ENV.text("LOGINS_SECRET", SECRET_KEY)
"""What the logins' passwords are derived from where no URL names them; only the owner's commands are handed one of their own."""

_own_url = ENV.text(LOGIN_URLS[IPP_AUDIENCE]) if IPP_AUDIENCE in LOGIN_URLS else _owner_url
if IPP_AUDIENCE in LOGIN_URLS and not _own_url and _owner_url:
    _own_url = login_url(_owner_url, LOGINS_SECRET, IPP_AUDIENCE)
DATABASES: dict[str, Any] = {"default": {"ENGINE": "django.db.backends.dummy"}}
if _own_url and IPP_AUDIENCE != "files":
    DATABASES["default"] = _env.db_url_config(_own_url) | {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            "application_name": f"ipp-{IPP_AUDIENCE}",
            "options": " ".join(
                f"-c {name}={value}"
                for name, value in {
                    "idle_in_transaction_session_timeout": "10s" if IPP_AUDIENCE != "owner" else "0",
                    "statement_timeout": {"portal": "5s", "staff": "5s", "engine": "30s"}.get(IPP_AUDIENCE, "0"),
                    "lock_timeout": "2s" if IPP_AUDIENCE == "owner" else "4s",
                    "timezone": "UTC",
                }.items()
            ),
        },
    }
TEST_SET_ROLE = False
"""Only the test settings turn this on: `core.tenancy` then takes the audience's role with SET LOCAL ROLE."""

# -- broker and cache: a doorbell and a scratch pad, never the truth ----------------------------------------------------
REDIS_URL = ENV.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "ipp.core.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"ipp:{IPP_AUDIENCE}",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 25,
    "retry_policy": {"max_retries": 0},
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_EAGER_RESULT = False
CELERY_TASK_DEFAULT_QUEUE = "kick"
CELERY_TASK_TIME_LIMIT, CELERY_TASK_SOFT_TIME_LIMIT = 120, 100
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BEAT_SCHEDULE = {
    "ring-the-bell": {"task": "ipp.core.tasks.deliver_due", "schedule": 3.0, "kwargs": {"rung_by": "beat"}, "options": {"expires": 10}},
    "send-commands": {
        "task": "marketplaces.tasks.carry_out_actions",
        "schedule": 5.0,
        "kwargs": {"rung_by": "beat"},
        "options": {"expires": 10},
    },
    "look-at-listings": {
        "task": "marketplaces.tasks.work_sightings",
        "schedule": 5.0,
        "kwargs": {"rung_by": "beat"},
        "options": {"expires": 10},
    },
    "see-what-commands-did": {
        "task": "marketplaces.tasks.reconcile",
        "schedule": 5.0,
        "kwargs": {"rung_by": "beat"},
        "options": {"expires": 10},
    },
    "release-claims": {"task": "takedowns.tasks.release_expired_claims", "schedule": 60.0, "options": {"expires": 60}},
    "close-windows": {"task": "takedowns.tasks.close_windows", "schedule": 15.0, "options": {"expires": 15}},
    "end-restrictions": {"task": "penalties.tasks.end_restrictions", "schedule": 60.0, "options": {"expires": 60}},
    "read-catalogues": {"task": "marketplaces.tasks.import_catalogues", "schedule": 600.0, "options": {"expires": 300}},
    "sweep": {"task": "ipp.core.tasks.sweep", "schedule": 30.0, "options": {"expires": 60}},
}

# -- accounts -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "account_login", "core:home", "core:home"
_staff = IPP_AUDIENCE == "staff"
ACCOUNT_ADAPTER = "ipp.core.accounts.AccountAdapter"
ACCOUNT_FORMS = {"signup": "ipp.core.accounts.SignupForm"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none" if _staff else "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE_ORIGIN else "http"
MFA_ADAPTER = "ipp.core.accounts.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "IPP staff" if _staff else "IPP"
USERSESSIONS_TRACK_ACTIVITY = False
SESSION_ENGINE = "ipp.core.sessions"
SESSION_COOKIE_NAME = f"{'__Host-' if SECURE_ORIGIN else ''}ipp_{IPP_AUDIENCE}_session"
CSRF_COOKIE_NAME = f"{'__Host-' if SECURE_ORIGIN else ''}ipp_{IPP_AUDIENCE}_csrf"
SESSION_COOKIE_AGE = int(timedelta(minutes=30).total_seconds()) if _staff else int(timedelta(hours=8).total_seconds())
SESSION_SAVE_EVERY_REQUEST = False
SESSION_MAX_AGE = timedelta(hours=12)
"""Absolute life of a session; SESSION_COOKIE_AGE is the idle one, extended by use (`core.sessions`)."""
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE_ORIGIN
LANGUAGE_COOKIE_NAME = "ipp_language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
if IPP_AUDIENCE != "files":
    CSRF_FAILURE_VIEW = "ipp.core.views.pages.csrf_failure"

# -- headers ------------------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = False  # the proxy's work; an API host must refuse plain http, not redirect it
SECURE_HSTS_SECONDS = 63072000 if SECURE_ORIGIN else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_ORIGIN
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.flag("TRUST_PROXY") else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", FILES_ORIGIN],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}

# -- files ----------------------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(ENV.text("STATIC_ROOT", str(ROOT / "staticfiles"))) if IPP_MODE == "production" else None
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_USE_FINDERS = IPP_MODE != "production"
IPP_FILE_KEYS = ENV.words("IPP_FILE_KEYS") or [derived_key(SECRET_KEY, "sealed-files")]
IPP_SECRET_KEYS = ENV.words("IPP_SECRET_KEYS") or [derived_key(SECRET_KEY, "stored-secrets")]
IPP_CLAMAV = ENV.text("IPP_CLAMAV")
IPP_UPLOAD_LIMITS: dict[str, int] = {}
_s3 = {
    "bucket_name": ENV.text("S3_BUCKET"),
    "endpoint_url": ENV.text("S3_ENDPOINT_URL") or None,
    "region_name": ENV.text("S3_REGION") or None,
    "access_key": ENV.text("S3_ACCESS_KEY_ID") or None,
    "secret_key": ENV.text("S3_SECRET_ACCESS_KEY") or None,
    "default_acl": None,
    "file_overwrite": False,
    "signature_version": "s3v4",
}


def _storage(folder: str) -> dict[str, Any]:
    """Return the storage of one folder: the bucket where S3_BUCKET is set, else a folder below the data directory."""
    if _s3["bucket_name"]:
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _s3 | {"location": folder}}
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(IPP_DATA_DIR / "files" / folder), "file_permissions_mode": 0o600},
    }


STORAGES = {
    "default": _storage("other"),
    "sealed": _storage("sealed"),
    "derivatives": _storage("derivatives"),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IPP_MODE == "production"
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_HANDLERS = ["ipp.core.files.receiving.CappedUploadHandler"]

# -- mail -----------------------------------------------------------------------------------------------------------------
IPP_MAIL_FOLDER = IPP_DATA_DIR / "mail"
EMAIL_URL = ENV.text("EMAIL_URL")
vars().update(_env.email_url_config(EMAIL_URL) if EMAIL_URL else {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"})
EMAIL_FILE_PATH = str(IPP_MAIL_FOLDER)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = ENV.text("DEFAULT_FROM_EMAIL", "IPP <no-reply@ipp.example>")
DEV_MAILBOX = ENV.flag("DEV_MAILBOX", default=LOCAL and not EMAIL_URL)

# -- words and times --------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Shanghai"  # what visitors see; stored and compared times are UTC
PLATFORM_CALENDAR = ENV.text("PLATFORM_CALENDAR", "CN")

# -- REST API -----------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["ipp.core.key_authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "ipp.core.rest.problem_response",
    "DEFAULT_SCHEMA_CLASS": "ipp.core.openapi.Schema",
    "UNAUTHENTICATED_USER": None,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "ENUM_NAME_OVERRIDES": {
        "PaperKindEnum": "rightsholders.models.PaperKind",
        "RightKindEnum": "rightsholders.models.RightKind",
        "DocumentKindEnum": "rightsholders.models.DocumentKind",
        "RightStatusEnum": "rightsholders.lifecycle.RightStatus",
        "ComplaintStatusEnum": "takedowns.lifecycle.ComplaintStatus",
        "ListingStatusEnum": "takedowns.lifecycle.ListingStatus",
        "DisputeStatusEnum": "takedowns.lifecycle.DisputeStatus",
        "NoticeTurnEnum": "takedowns.queries.notices.PLACES",
        "CounterNoticeTurnEnum": "takedowns.queries.counter_notices.TURNS",
    },
    "TITLE": "IPP REST API",
    "DESCRIPTION": "Rights holders store rights, file complaints, follow each listing and answer counter-notices; sellers read what was "
    "reported of their shops, answer it, and read their record. Errors are RFC 9457 problems; times are RFC 3339 UTC.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SCHEMA_PATH_PREFIX_TRIM": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVERS": [{"url": PORTAL_ORIGIN}],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "ipp.core.openapi.add_problems"],
}

# -- rules of the machinery -----------------------------------------------------------------------------------------------------
UNDO_SECONDS = 15
IDEMPOTENCY_DAYS = 7
DELIVERY_MAX_ATTEMPTS = 8
CLOCK_MOVABLE = ENV.flag("CLOCK_MOVABLE", default=TESTING)
RATE_SCALE = ENV.number("RATE_SCALE", 1)

# -- logs: one JSON line per fact, no bodies, no secrets ------------------------------------------------------------------------------
_processors: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]
structlog.configure(
    processors=[*_processors, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=not TESTING,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer(ensure_ascii=False),
            "foreign_pre_chain": _processors,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": ENV.text("LOG_LEVEL", "WARNING" if TESTING else "INFO")},
    "loggers": {"django.request": {"level": "ERROR"}, "celery": {"level": "WARNING"}, "kombu": {"level": "WARNING"}},
}
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # no redirect to https by us, see SECURE_SSL_REDIRECT
    "auth.W004",  # an address is unique per audience (core.User): the portal must not learn who is on the staff
]
