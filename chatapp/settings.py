"""Django's settings: values read from the environment, nonsense refused, nothing opened or run."""

import logging
import re

from csp.constants import NONE, SELF

from . import environment as env

BASE_DIR = env.BASE_DIR
DATA_DIR = env.data_dir()
SECRET_KEY = env.secret_key()
KEY_RING = env.key_ring()
DEBUG = env.boolean("DEBUG", False)

# Where people reach us. PUBLIC_URL, when set, decides cookies, redirects and the URLs we hand out.
HOST = env.text("HOST", "127.0.0.1")
PORT = env.whole("PORT", 8000, least=1, most=65535)
PUBLIC_URL = env.origin("PUBLIC_URL")
PUBLIC_HOST = re.sub(r":\d+$", "", PUBLIC_URL.partition("://")[2])
IS_HTTPS = PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = [
    *env.words("ALLOWED_HOSTS"),
    *([PUBLIC_HOST] if PUBLIC_URL else ["localhost", "127.0.0.1", "[::1]", HOST]),
]
TRUST_PROXY = env.boolean("TRUST_PROXY", False)
CORS_ORIGINS = env.origins("CORS_ORIGINS")

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "ninja",
    "predictions",
    "chatapp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "predictions.api.throttling.RateLimitMiddleware",
    "predictions.api.problems.ProblemMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "chatapp.sessions.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "chatapp.limits.LimitsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "chatapp.urls"
ASGI_APPLICATION = "chatapp.asgi.application"
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

DATABASES = {"default": env.database(DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
# In the cookie alone: a new API token's text, shown once, must not lie in the sessions' table.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "chatapp" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "chatapp.storage.HashedModulesStorage"},
    "files": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {  # never served as they are
            "location": DATA_DIR / "files",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "img-src": [SELF, "data:"],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_AGE = 365 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_HTTPS
LANGUAGE_COOKIE_SECURE = IS_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31536000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []

# The chat
CHAT_REQUIRE_LOGIN = env.boolean("CHAT_REQUIRE_LOGIN", False)
CHAT_DEFAULT_MODEL = env.text("CHAT_DEFAULT_MODEL")
CHAT_TITLE_MODEL = env.text("CHAT_TITLE_MODEL")
CHAT_HIDE_CONTENTS = env.boolean("CHAT_HIDE_CONTENTS", False)
CHAT_TEMPORARY_HOURS = env.whole("CHAT_TEMPORARY_HOURS", 24, least=1)
CHAT_MAX_FILE_BYTES = env.whole("CHAT_MAX_FILE_BYTES", 10 * 2**20, least=1024)
CHAT_SIGN_UP = env.boolean("CHAT_SIGN_UP", False)
CHAT_DAILY_MESSAGES = env.whole("CHAT_DAILY_MESSAGES", 0, least=0)
CHAT_DAILY_MESSAGES_ANONYMOUS = env.whole("CHAT_DAILY_MESSAGES_ANONYMOUS", 200, least=0)

# The engine. Times are seconds, sizes bytes.
RUN_CAPACITY = env.whole("RUN_CAPACITY", 1000, least=1)
RUN_TIMEOUT = env.number("RUN_TIMEOUT", 1800, least=1)
CONNECT_TIMEOUT = env.number("CONNECT_TIMEOUT", 10, least=0.1)
FIRST_WORD_TIMEOUT = env.number("FIRST_WORD_TIMEOUT", 60, least=0.1)
GAP_TIMEOUT = env.number("GAP_TIMEOUT", 60, least=0.1)
LEASE_SECONDS = env.number("LEASE_SECONDS", 10, least=1, most=15)
HEARTBEAT_SECONDS = env.number("HEARTBEAT_SECONDS", 15, least=0.1, most=25)
MAX_OUTPUT_BYTES = env.whole("MAX_OUTPUT_BYTES", 4 * 1024 * 1024, least=1024)
STREAM_URL_TTL = env.whole("STREAM_URL_TTL", 24 * 3600, least=0)
HIDE_CONTENTS = CHAT_HIDE_CONTENTS
API_RETENTION = env.whole("API_RETENTION", 3600, least=0)
FILE_RETENTION = env.number("FILE_RETENTION", 24 * 3600, least=1)
MAX_BODY_BYTES = DATA_UPLOAD_MAX_MEMORY_SIZE = env.whole("MAX_BODY_BYTES", 2**20, least=1024)
MAX_FILE_BYTES = env.whole("MAX_FILE_BYTES", 100 * 2**20, least=1)
RATE_LIMIT_CREATES = env.whole("RATE_LIMIT_CREATES", 600, least=0)
RATE_LIMIT_REQUESTS = env.whole("RATE_LIMIT_REQUESTS", 3000, least=0)
RATE_LIMIT_WINDOW = env.whole("RATE_LIMIT_WINDOW", 60, least=1)
REDIS_URL = env.redis_url()
WEBHOOK_ALLOW_PRIVATE = env.boolean("WEBHOOK_ALLOW_PRIVATE", False)
WEBHOOK_RETRY_SECONDS = env.numbers("WEBHOOK_RETRY_SECONDS", "5,30,120,600,3600,21600,86400")
DISCOVER_UPSTREAMS = env.boolean("DISCOVER_UPSTREAMS", True)

DEFAULT_EXCEPTION_REPORTER = "predictions.discretion.Reporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "predictions.discretion.ReporterFilter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "predictions.discretion.Formatter",
            "fmt": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["stderr"],
        "level": env.choice("LOG_LEVEL", "WARNING", logging.getLevelNamesMapping()),
    },
    "loggers": {
        "django": {"level": "INFO", "handlers": []},  # its own handlers keep no secrets
        "predictions": {"level": "INFO"},
        "chatapp": {"level": "INFO"},
    },
}

# The upstreams: where a Cog server's webhooks reach us, and the pace of the built-in model.
COG_WEBHOOK_HOST = env.text("COG_WEBHOOK_HOST", "127.0.0.1")
DEMO_WORDS_PER_SECOND = env.number("DEMO_WORDS_PER_SECOND", 30, least=0.1)
