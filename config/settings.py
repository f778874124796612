"""Django's settings, all of them from the environment; `.env.example` names every variable.

Importing this starts nothing: `config/engines.py` runs before it where an embedded database is wanted. What is unsafe or
half set is refused by `config/checks.py`, not here, so that every command can say it in one sentence.
"""

import os

from django.utils.translation import gettext_lazy as _

from config.engines import EMBEDDED_MARK
from config.environment import (
    POOLED,
    POSTGRESQL,
    ROOT,
    address_as,
    broker_url,
    database_settings,
    environment,
    kept_secret_key,
    var_directory,
)
from config.logs import logging_settings

env = environment()

BASE_DIR = ROOT
VAR = var_directory()
EMBEDDED_ENGINES = [name for name in os.environ.get(EMBEDDED_MARK, "").split(",") if name]

# A demonstration is what a newcomer gets with nothing configured: practice data, embedded engines, plain HTTP on loopback.
DEMONSTRATION = env.bool("HITODE_DEMONSTRATION", "postgres" in EMBEDDED_ENGINES or not env.str("DATABASE_URL", ""))
DEBUG = env.bool("HITODE_DEBUG", False)

SECRET_KEY = env.str("HITODE_SECRET_KEY", "") or (kept_secret_key(VAR) if DEMONSTRATION else "unset-" + "0" * 60)
SECRET_KEY_IS_SET = bool(env.str("HITODE_SECRET_KEY", "")) or DEMONSTRATION

# --- addresses -------------------------------------------------------------------------------------------------------

WEB_PORT = env.int("HITODE_PORT", 8000)
BASE_URL = env.str("HITODE_BASE_URL", f"http://localhost:{WEB_PORT}").rstrip("/")
IS_HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.list("HITODE_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if DEMONSTRATION else [])
# Sites that may show our small page in a frame; none by default.
EMBED_ORIGINS: list[str] = env.list("HITODE_EMBED_ORIGINS", [])
CSRF_TRUSTED_ORIGINS = env.list("HITODE_CSRF_ORIGINS", [BASE_URL] if IS_HTTPS else [])
TRUSTED_PROXIES = env.int("HITODE_TRUSTED_PROXIES", 0)
ROOT_URLCONF = "config.urls"
FORM_RENDERER = "config.rendering.PaperRenderer"
ASGI_APPLICATION = "config.asgi.application"

# --- applications ----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    # Ours come first, so that their templates are found before those of the libraries.
    "config",
    "collection",
    "vendors",
    "annotation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "pgtrigger",
    "rest_framework",
]

MIDDLEWARE = [
    "config.probes.probes_first",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.ContentSecurityPolicy",
    "config.middleware.permissions_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "vendors.middleware.second_step_required",
    "config.middleware.domain_errors",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.house",
            ],
        },
    }
]

# --- database --------------------------------------------------------------------------------------------------------

# With no address the settings still import, for type checkers and the like; nothing listens at this one.
NO_DATABASE_URL = "postgresql://hitode@/hitode?host=/nonexistent"
DATABASE_URL = env.str("DATABASE_URL", "") or NO_DATABASE_URL
EXPORT_DATABASE_URL_IS_SET = bool(env.str("EXPORT_DATABASE_URL", ""))
EXPORT_DATABASE_URL = env.str("EXPORT_DATABASE_URL", "") or address_as(DATABASE_URL, "hitode_export")
SYNTHETIC_DATABASE_URL = env.str("SYNTHETIC_DATABASE_URL", "") or address_as(DATABASE_URL, "hitode_synthetic")
SYNTHETIC_API_KEY = env.str("HITODE_SYNTHETIC_API_KEY", "")
DATABASES = {"default": database_settings(DATABASE_URL)}
DATABASE_POOL_SIZE = env.int("HITODE_DATABASE_POOL", 0)
if DATABASE_POOL_SIZE and DATABASES["default"]["ENGINE"] == POSTGRESQL:
    DATABASES["default"]["ENGINE"] = POOLED
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 10}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: cache, sessions, broker ----------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", "") or "unix:///nonexistent/redis.sock?db=0"

CACHES = {
    "default": {
        "BACKEND": "config.redis_pool.SharedCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "hitode",
        "OPTIONS": {"pool_class": "config.redis_pool.SharedPool"},
    }
}
# Read from Redis, kept in PostgreSQL: quick, and nobody is signed out when Redis loses its memory.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 14 * 24 * 3600

CELERY_BROKER_URL = broker_url(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A job in hand whose worker has been silent for so long is another's; `config/broker.py` renews what living ones have.
    "visibility_timeout": 15,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "global_keyprefix": "hitode:",
    # A request that queues a job must not wait six seconds for a broker that is away: a sweep finds what was not queued.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for as long as it takes
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_SOFT_TIME_LIMIT = 840
CELERY_TASK_ALWAYS_EAGER = env.bool("HITODE_JOBS_AT_ONCE", False)
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONSUMER = "config.broker:Consumer"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")

# --- the gate's index ------------------------------------------------------------------------------------------------

# Every process that compares texts reads it: on several machines, a shared folder.
INDEX_FOLDER = VAR.joinpath(env.str("HITODE_INDEX_FOLDER", "") or "index")
# Above so many references the index is files mapped into memory, and a table of what came later; below, a table alone.
INDEX_SEGMENT_ABOVE = env.int("HITODE_INDEX_SEGMENT_ABOVE", 2_000_000)

# --- releases --------------------------------------------------------------------------------------------------------

RELEASE_KEYS = VAR.joinpath(env.str("HITODE_RELEASE_KEYS", "") or "release-keys")
# The hub to which `publish_release` sends, by the names that every tool of the hub uses.
HF_ENDPOINT = (env.str("HF_ENDPOINT", "") or "https://huggingface.co").rstrip("/")
HF_TOKEN = env.str("HF_TOKEN", "")

# --- secrets kept in the database ---------------------------------------------------------------------------------------

# Bank accounts are sealed with the first and opened with any of these; without them, with the secret key.
SEALING_KEYS: list[str] = env.list("HITODE_SEALING_KEYS", []) or [SECRET_KEY]

# --- people ----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "vendors.User"
AUTHENTICATION_BACKENDS = [
    "vendors.adapters.HouseBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Who a person is in the house: looked up by `config/access.py`, which imports no app.
SEAT_GETTER = "vendors.selectors.seat_get_for"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "vendors.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # people come by an invitation sent to the address, which verifies it
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Hitode"
# WebAuthn insists on HTTPS; browsers make an exception for localhost, and so must the library.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMONSTRATION

# --- security --------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "base-uri": ["'none'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "img-src": ["'self'", "data:"],  # the QR code of an authenticator is a data: image
        "object-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES > 0 else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True  # scripts read the token from the page
LANGUAGE_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# No request is read further than this, whatever length it claims; nothing here is uploaded as a file.
REQUEST_MAX_BYTES = 2 * 1024 * 1024

# --- language and time -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("ja", _("Japanese")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Tokyo"

# --- static files ----------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.storage.HashedStaticFilesStorage"},
}
MEDIA_ROOT = VAR / "media"

# --- e-mail ----------------------------------------------------------------------------------------------------------

EMAIL_URL_IS_SET = bool(env.str("EMAIL_URL", ""))
_email = env.dj_email_url("EMAIL_URL", "") if EMAIL_URL_IS_SET else {}
EMAIL_BACKEND = _email.get("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = str(_email.get("EMAIL_FILE_PATH") or VAR / "mail")
EMAIL_HOST = _email.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = int(_email.get("EMAIL_PORT") or 25)
EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = bool(_email.get("EMAIL_USE_TLS", False))
EMAIL_USE_SSL = bool(_email.get("EMAIL_USE_SSL", False))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("HITODE_EMAIL_FROM", "Hitode <hitode@localhost>")

# --- the model provider ----------------------------------------------------------------------------------------------

OPENAI_API_KEY = env.str("OPENAI_API_KEY", "")
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", "")
OPENAI_MODEL = env.str("OPENAI_MODEL", "gpt-4o")
# True when the answers come from the practice provider; set by the supervisor, never by hand.
IS_PRACTICE = env.bool("HITODE_PRACTICE", False)
# Called once when a web process starts.
WEB_WARM_UP = "collection.gateway.warm_up"
MODERATION_MODEL = env.str("HITODE_MODERATION_MODEL", "omni-moderation-latest")
# How long to wait for a connection, for the next word (the first one too), and for a whole answer.
PROVIDER_CONNECT_SECONDS = env.float("HITODE_PROVIDER_CONNECT_SECONDS", 5.0)
PROVIDER_IDLE_SECONDS = env.float("HITODE_PROVIDER_IDLE_SECONDS", 30.0)
PROVIDER_DEADLINE_SECONDS = env.float("HITODE_PROVIDER_DEADLINE_SECONDS", 180.0)
# How often to ask again while nothing has come, each time with a reservation of its own.
PROVIDER_RETRIES = env.int("HITODE_PROVIDER_RETRIES", 2)

# --- limits of the public site ---------------------------------------------------------------------------------------

INSTRUCTION_MAX_CHARACTERS = env.int("HITODE_INSTRUCTION_MAX_CHARACTERS", 4000)
INPUT_MAX_CHARACTERS = env.int("HITODE_INPUT_MAX_CHARACTERS", 8000)
OUTPUT_MAX_CHARACTERS = env.int("HITODE_OUTPUT_MAX_CHARACTERS", 20000)
MAX_COMPLETION_TOKENS = env.int("HITODE_MAX_COMPLETION_TOKENS", 2048)
# Who runs this site, as its terms name them.
OPERATOR_NAME = env.str("HITODE_OPERATOR_NAME", "Hitode")
OPERATOR_CONTACT = env.str("HITODE_OPERATOR_CONTACT", "") or DEFAULT_FROM_EMAIL
# How often a question may be asked: in the words of the library `limits`. Unproven: without the browser's proof of work.
RATES_PARTICIPANT = env.str("HITODE_RATES_PARTICIPANT", "6/minute;60/day")
RATES_ADDRESS = env.str("HITODE_RATES_ADDRESS", "20/minute;300/day")
RATES_UNPROVEN = env.str("HITODE_RATES_UNPROVEN", "2/minute;20/day")
# Rounds of each try of the proof; 256 tries are needed on average.
PROOF_COST = env.int("HITODE_PROOF_COST", 1000)
# A micro-dollar is a millionth of a US dollar.
TOTAL_BUDGET_MICROUSD = env.int("HITODE_TOTAL_BUDGET_MICROUSD", 1_000_000_000)
DAILY_BUDGET_MICROUSD = env.int("HITODE_DAILY_BUDGET_MICROUSD", 20_000_000)
PARTICIPANT_DAILY_BUDGET_MICROUSD = env.int("HITODE_PARTICIPANT_DAILY_BUDGET_MICROUSD", 500_000)
ADDRESS_DAILY_BUDGET_MICROUSD = env.int("HITODE_ADDRESS_DAILY_BUDGET_MICROUSD", 2_000_000)
# Prices of the model; unset, they are looked up among the known ones, and 0 is for a server of one's own.
PROMPT_PRICE_MICROUSD_PER_MILLION = env.int("HITODE_PROMPT_PRICE_MICROUSD_PER_MILLION", 0 if IS_PRACTICE else None)
COMPLETION_PRICE_MICROUSD_PER_MILLION = env.int(
    "HITODE_COMPLETION_PRICE_MICROUSD_PER_MILLION", 0 if IS_PRACTICE else None
)

# --- review ----------------------------------------------------------------------------------------------------------

# How long a reviewer can take a verdict back; 0 enters each at once.
REVIEW_UNDO_SECONDS = env.int("HITODE_REVIEW_UNDO_SECONDS", 10)

# One in so many texts that a reviewer gets has a verdict that is known; 0 gives none.
REVIEW_CALIBRATION_EVERY = env.int("HITODE_REVIEW_CALIBRATION_EVERY", 20)

# --- processes -------------------------------------------------------------------------------------------------------

WEB_THREADS = env.int("HITODE_WEB_THREADS", 12)
JOB_WORKERS = env.int("HITODE_JOB_WORKERS", 1)
WEB_WORKERS = env.int("HITODE_WEB_WORKERS", min(2, os.cpu_count() or 1))
# Where the demonstration's sign-ins are told; imported when the banner is printed.
DEMONSTRATION_SIGN_INS = "annotation.demonstration.SIGN_INS"

# --- webhooks --------------------------------------------------------------------------------------------------------

# Networks of our own that webhooks may reach, such as 10.1.0.0/16; without any, only the open internet, and by https alone.
WEBHOOK_NETWORKS: list[str] = env.list("HITODE_WEBHOOK_NETWORKS", [])

# --- the API ---------------------------------------------------------------------------------------------------------

# How often one person's programs may ask in a minute.
API_REQUESTS_A_MINUTE = env.int("HITODE_API_REQUESTS_A_MINUTE", 600)
REST_FRAMEWORK = {
    # Who may come in says `vendors/api/base.py`; a view that forgets to lets nobody in.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "config.openapi.Schema",
    "EXCEPTION_HANDLER": "config.api_errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

# --- logging ---------------------------------------------------------------------------------------------------------

LOG_LEVEL = env.str("HITODE_LOG_LEVEL", "INFO")
# "lines" for people or "json" for machines; the second has a line for every request and job too.
LOG_FORMAT = env.str("HITODE_LOG_FORMAT", "lines" if DEMONSTRATION else "json")
LOGGING = logging_settings(LOG_LEVEL, LOG_FORMAT)

# --- watching --------------------------------------------------------------------------------------------------------

# Who shows this token may read /metrics; without one, this machine alone may, and nobody through a proxy.
METRICS_TOKEN = env.str("HITODE_METRICS_TOKEN", "")
METRICS_PROGRAM_FOLDER = env.str("HITODE_METRICS_PROGRAM", "")
METRICS_FOLDER = VAR.joinpath(env.str("HITODE_METRICS_FOLDER", "") or "metrics")
SENTRY_DSN = env.str("SENTRY_DSN", "")
SENTRY_ENVIRONMENT = env.str("SENTRY_ENVIRONMENT", "production")

# Whether a domain goes on the browsers' own lists, which is hard to undo, is for its owner to say.
SILENCED_SYSTEM_CHECKS: list[str] = ["security.W021"]
