"""All settings, read once from the environment (`.env.example` lists every name).

Each has a default that is good on a laptop. In production the secrets have none, and their absence stops the start
with one sentence.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from newsroom.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment.read(BASE_DIR / ".env")

ENVIRONMENT = env.str("NEWSROOM_ENV", default="development")
if ENVIRONMENT not in ("development", "production"):
    raise ImproperlyConfigured(f"NEWSROOM_ENV is “{ENVIRONMENT}”: it must be “development” or “production”.")
IN_PRODUCTION = ENVIRONMENT == "production"


def in_production_required(read, name, *, default):
    """Read `name` with `read`; in production it must be set, elsewhere `default` serves."""
    if not IN_PRODUCTION:
        return read(name, default=default)
    value = read(name, default=None)
    if not value:
        raise ImproperlyConfigured(f"{name} must be set when NEWSROOM_ENV is “production”: see .env.example.")
    return value


def storage_at(url):
    """Return Django's STORAGES entry for “s3://bucket” or “s3://bucket/folder”.

    Keys, region and the address of a server that is not Amazon's are read by boto3 from its own variables
    (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL_S3). The bucket stays private: pictures
    are served by us, or by a server in front that reads `renditions/`.
    """
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise ImproperlyConfigured(f"STORAGE_URL is “{url}”: it must be like “s3://bucket”.")
    options = {"bucket_name": parts.netloc, "location": parts.path.strip("/"), "default_acl": None}
    # originals are addressed by their content: nothing is ever written over
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options | {"file_overwrite": False}}


DEBUG = env.bool("DEBUG", default=False)
if DEBUG and IN_PRODUCTION:
    raise ImproperlyConfigured("DEBUG shows source and settings to visitors: it cannot be on in production.")

SECRET_KEY = in_production_required(env.str, "SECRET_KEY", default="development-only-never-in-production")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
PORT = env.int("PORT", default=8000)
SITE_URL = in_production_required(env.str, "SITE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
SITE_NAME = env.str("SITE_NAME", default="Parallel")
SITE_TAGLINE = env.str("SITE_TAGLINE", default="World affairs, argued in full")
ALLOWED_HOSTS = in_production_required(env.list, "ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [SITE_URL]
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)

# --- what an operator sees ----------------------------------------------------------------------------------------
# a line for what takes longer; 0: none
SLOW_PAGE_MS = env.int("SLOW_PAGE_MS", default=1000)
SLOW_QUERY_MS = env.int("SLOW_QUERY_MS", default=200)
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # /metrics for Prometheus, for who sends it
SENTRY_DSN = env.address("SENTRY_DSN", schemes=("https", "http"), example="https://key@errors.example.org/1")

# --- applications -------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "newsroom.apps.NewsroomConfig",
    "newsroom.apps.NewsroomAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # pages of passkeys use it
    "django.forms",  # its templates, for widgets with markup of our own
    "taggit",
    "js_asset",
    "django_prose_editor",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_comments",
    "django_comments_xtd",
    "articles",
    "comments",  # after the library: it takes back what that connects
    "sharing",
]
SITE_ID = 1

MIDDLEWARE = [
    "newsroom.middleware.request_id",
    *(["newsroom.metrics.measured"] if METRICS_TOKEN else []),
    "newsroom.pages.kept_pages",
    "newsroom.slowness.watch_queries",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "newsroom.middleware.gate",
    "django.middleware.security.SecurityMiddleware",
    "newsroom.static.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "comments.accounts.AccountPages",
    "comments.accounts.second_factor",
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
ROOT_URLCONF = "newsroom.urls"
WSGI_APPLICATION = "newsroom.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                # lazy: a public page that does not ask for them stays without a cookie
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "articles.context_processors.site",
            ],
        },
    }
]

# --- the database -------------------------------------------------------------------------------------------------
DATABASE_POOL = env.int(
    "DATABASE_POOL", default=0
)  # connections a process shares; 0: one a thread, kept open
# seconds for which a writer waits for another; then the answer is 503. Below the 30 after which a server gives up
DATABASE_TIMEOUT = env.int("DATABASE_TIMEOUT", default=20)


def database(found, *, pool=DATABASE_POOL, connect_seconds=5):
    """Return Django's entry for a database that was read from its address."""
    if found["ENGINE"] == "django.db.backends.sqlite3":
        return found | {
            "CONN_MAX_AGE": None,  # keeps the write-ahead log open: pages are still read when the disk is full
            "OPTIONS": {
                "timeout": DATABASE_TIMEOUT,
                # a deferred transaction that read first fails at once when another writes: it cannot wait
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
            # a file, not memory: browser tests read and write from several threads
            "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
        }
    # a transaction that somebody forgot ends by itself: its locks and old rows would stay
    limits = f"-c idle_in_transaction_session_timeout=60s -c lock_timeout={DATABASE_TIMEOUT}s"
    # a machine that is gone without a word is noticed within seconds, and not when the system gives up (a quarter of an hour)
    lost = {
        "tcp_user_timeout": 5_000,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 2,
    }
    options = {"connect_timeout": connect_seconds} | lost | found.get("OPTIONS", {}) | {"options": limits}
    if pool:
        shared = {"min_size": 1, "max_size": pool, "timeout": connect_seconds, "reconnect_timeout": 5}
        return found | {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True, "OPTIONS": options | {"pool": shared}}
    kept = {"CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60), "CONN_HEALTH_CHECKS": True}
    return found | kept | {"OPTIONS": options}


# what is set to nothing is not set: SQLite in DATA_DIR
DATABASES = {
    "default": database(env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'newsroom.sqlite3'}"))
}
DATABASE_REPLICA_URL = env.str("DATABASE_REPLICA_URL", default="")
if DATABASE_REPLICA_URL:
    # each thread has its own connection to it: a pool would make who reads wait for one that is away
    found = database(env.db("DATABASE_REPLICA_URL"), pool=0, connect_seconds=2)
    DATABASES["replica"] = found | {"TEST": {"MIRROR": "default"}}
    DATABASE_ROUTERS = ["newsroom.databases.Router"]
# seconds after which PostgreSQL ends a statement of the web server; 0: never
DATABASE_STATEMENT_SECONDS = env.int("DATABASE_STATEMENT_SECONDS", default=20)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- cache, mail, files -------------------------------------------------------------------------------------------
CACHE_URL = env.address("CACHE_URL", schemes=("redis", "rediss", "unix"), example="redis://host:6379/0")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # log-ins are counted in the database: alike for all processes, and also while a Redis is away
    "limits": {
        "BACKEND": "comments.limits.Counts",
        "KEY_FUNCTION": "comments.limits.hashed_key",
    },
}
if CACHE_URL:
    CACHES["default"] = {
        "BACKEND": "newsroom.caching.ForgivingRedisCache",
        "LOCATION": CACHE_URL,
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": 0.3,
            "SOCKET_TIMEOUT": 0.3,
            "SERIALIZER": "newsroom.caching.PlainSerializer",
        },
    }
# pages for everyone, whole: in each process, or where all of them look
CACHES["pages"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "pages",
    "OPTIONS": {"MAX_ENTRIES": 2000},
}
if CACHE_URL:
    CACHES["pages"] = CACHES["default"] | {
        "KEY_PREFIX": "pages",
    }
PAGE_CACHE = env.bool("PAGE_CACHE", default=not DEBUG)
PAGE_KEPT_SECONDS = 24 * 3600  # nobody asked for it since: it may go
PAGE_STALE_SECONDS = env.int(
    "PAGE_STALE_SECONDS", default=600
)  # how long a page that cannot be made is answered as it was

# seconds in which a shared cache in front may answer with its own copy; 0: it asks each time, and nothing is ever stale
SHARED_CACHE_SECONDS = env.int("SHARED_CACHE_SECONDS", default=0)
# the header with words by which a CDN can purge: “Surrogate-Key”, “Cache-Tag”; empty: none
SURROGATE_KEY_HEADER = env.str("SURROGATE_KEY_HEADER", default="")

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = env.int(
    "EMAIL_TIMEOUT", default=10
)  # seconds; a mail server that says nothing holds up no queue
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{SITE_NAME} <newsroom@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# a host of its own for pictures, such as “https://media.example.org/”: a server in front has it (deploy/nginx.conf), and
# this one refuses its name
MEDIA_URL = env.str("MEDIA_URL", default="/media/")
MEDIA_HOST = urlsplit(MEDIA_URL).netloc
if not MEDIA_URL.endswith("/") or not (MEDIA_HOST or MEDIA_URL.startswith("/")):
    raise ImproperlyConfigured(
        f"MEDIA_URL is “{MEDIA_URL}”: it must be like “/media/” or “https://media.example.org/”."
    )
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "newsroom.static.OneStylesheetStorage"
    },
}
STORAGE_URL = env.str("STORAGE_URL", default="")  # “s3://bucket”; empty: the folder above
if STORAGE_URL:
    STORAGES["default"] = storage_at(STORAGE_URL)
WHITENOISE_ALLOW_ALL_ORIGINS = False  # our files are for our pages
WHITENOISE_MAX_AGE = 0 if DEBUG else 3600  # names with a hash are immutable for ten years anyhow
# an article with five photos in one form: larger uploads go to a temporary file and are checked by articles.photos
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "articles.photos.LargeUploads",
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 50
# no form outside the admin needs as much; what says that it is larger is not read
READER_MAX_BYTES = 256 * 1024

# --- work beside the web server (`manage.py worker`) ----------------------------------------------------------------
# Functions without arguments. One of QUEUES takes a bounded portion of rows that are due and returns how many it worked
# off, safe to run at once in many processes; HOURLY is what need not be sooner, and does no harm done twice.
QUEUES = [
    "comments.emails.empty_queue",
    "comments.ranking.learn",
    "comments.fairness.read_log",
    "articles.photos.make_due",
    "sharing.cards.draw_due",
    "articles.sitemaps.announce",
]
HOURLY = [
    "newsroom.failures.forget",
    "articles.photos.tell_of_ending_rights",
    "comments.retention.forget_unconfirmed",
    "comments.retention.forget_accounts",
    "comments.retention.forget_origins",
    "comments.retention.forget_limits",
    "comments.retention.forget_mail",
    "comments.retention.forget_sessions",
    "comments.similar.forget_old",
    "comments.retention.forget_removed",
    "comments.numbers.count_lately",
    "comments.emails.ask_for_digest",  # which tells the numbers just counted
    "sharing.cards.look_over",
    "sharing.letters.forget",
]

# --- language and time --------------------------------------------------------------------------------------------
LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en-gb")
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
USE_I18N = True

# --- people -------------------------------------------------------------------------------------------------------
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "comments:account"
AUTHENTICATION_BACKENDS = ["comments.logins.OneLook"]
ACCOUNT_ADAPTER = "comments.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "comments.forms.LogInForm",
    "signup": "comments.forms.SignUpForm",
    "user_token": "comments.forms.ResetLinkForm",
}
ACCOUNT_LOGIN_METHODS = {"email", "username"}  # staff have user names, readers addresses
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "comments.accounts.NameForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(SITE_URL).scheme
# wrong passwords (comments/logins.py): for an account in one network or on one known device; for a network. And mails of a
# kind to one address, whoever asks for them
ACCOUNT_RATE_LIMITS = {"login_failed": "10/5m/key", "login_network": "50/5m/key", "mailed": "3/d/key"}
SESSION_COOKIE_AGE = env.int("SESSION_DAYS", default=14) * 24 * 3600
# nobody opens the desk without a passkey or one-time codes
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=False)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_FORMS = {
    "login_webauthn": "comments.forms.PasskeyLogInForm",
    "authenticate_webauthn": "comments.forms.PasskeyStepForm",
    "reauthenticate_webauthn": "comments.forms.PasskeyAgainForm",
    "add_webauthn": "comments.forms.NewPasskeyForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IN_PRODUCTION
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# --- what the publication decides ---------------------------------------------------------------------------------
TAGGIT_CASE_INSENSITIVE = True
ARTICLES_PER_PAGE = env.int("ARTICLES_PER_PAGE", default=20)
READING_WORDS_PER_MINUTE = env.int("READING_WORDS_PER_MINUTE", default=230)
# limits on an uploaded picture, checked before it is decoded
PHOTO_MAX_BYTES = env.int("PHOTO_MAX_BYTES", default=40 * 1024 * 1024)
DESK_MAX_BYTES = PHOTO_MAX_BYTES + DATA_UPLOAD_MAX_MEMORY_SIZE  # one form: a picture, and words
PHOTO_MAX_PIXELS = env.int("PHOTO_MAX_PIXELS", default=60_000_000)
PHOTO_MAX_SECONDS = env.int("PHOTO_MAX_SECONDS", default=120)  # for all renditions of one photo
DJANGO_PROSE_EDITOR_EXTENSIONS = []  # the body's own nodes are declared in articles/editor.py

# --- feeds and search engines -------------------------------------------------------------------------------------
WEBSUB_HUB = env.str("WEBSUB_HUB", default="")  # told to readers of feeds; empty names none
INDEXNOW_KEY = env.str("INDEXNOW_KEY", default="")  # 8 to 128 letters, digits and hyphens; empty tells nobody
INDEXNOW_URL = env.str("INDEXNOW_URL", default="https://api.indexnow.org/indexnow")

# --- comments -----------------------------------------------------------------------------------------------------
COMMENTS_APP = "django_comments_xtd"
COMMENTS_XTD_MODEL = "comments.models.Comment"
COMMENTS_XTD_MAX_THREAD_LEVEL = env.int("COMMENT_LEVELS", default=3) - 1  # deeper replies join the last level
COMMENT_MAX_LENGTH = env.int("COMMENT_MAX_LENGTH", default=3000)
# seconds in which a moderator's approval can be taken back before anybody sees it; mail waits as long
UNDO_SECONDS = env.int("UNDO_SECONDS", default=10)
COMMENT_SPAM_SCORE = ""  # the dotted name of a function that takes a comments.rules.Draft and returns 0 to 1
# how many in a hundred decisions another moderator looks at again, without seeing what was decided
COMMENT_SECOND_OPINIONS = env.float("COMMENT_SECOND_OPINIONS", default=2)
# how long moderators can read what its writer took back
COMMENT_REMOVED_KEPT_DAYS = env.int("COMMENT_REMOVED_KEPT_DAYS", default=30)
# how long the keyed hash of the network that a comment came from is kept
COMMENT_ORIGIN_KEPT_DAYS = env.int("COMMENT_ORIGIN_KEPT_DAYS", default=7)
# how long a comment, or an account, waits for who made it to confirm the address
COMMENT_UNCONFIRMED_KEPT_DAYS = env.int("COMMENT_UNCONFIRMED_KEPT_DAYS", default=3)
# how long a browser keeps what was typed and not sent: for a comment, and at the desk
COMMENT_DRAFT_KEPT_DAYS = env.int("COMMENT_DRAFT_KEPT_DAYS", default=14)
DESK_DRAFT_KEPT_DAYS = env.int("DESK_DRAFT_KEPT_DAYS", default=30)
# how long it is known to whom which mail was sent
MAIL_KEPT_DAYS = env.int("MAIL_KEPT_DAYS", default=90)
# how long whoever runs the server keeps its log lines: a promise of the privacy page (docs/operations.md)
LOG_KEPT_DAYS = env.int("LOG_KEPT_DAYS", default=14)
CSRF_FAILURE_VIEW = "comments.views.csrf_failure"  # gives the words of a comment back

# --- passing on ---------------------------------------------------------------------------------------------------
# where to, in the order of the links; how many are seen before “More”
SHARE_TARGETS = env.list(
    "SHARE_TARGETS",
    default=[
        "mail", "whatsapp", "signal", "telegram", "bluesky", "mastodon", "facebook", "x", "linkedin", "reddit",
        "hackernews", "sms",
    ],
)  # fmt: skip
SHARE_SHOWN = env.int("SHARE_SHOWN", default=4)
SHARE_COUNTS = env.bool(
    "SHARE_COUNTS", default=False
)  # per article, day and target: a number, and nothing else
SHARE_LETTERS = env.bool("SHARE_LETTERS", default=False)  # readers with an account may have an article mailed
X_ACCOUNT = env.str("X_ACCOUNT", default="")  # the publication's own name there, such as @parallel

# --- security -----------------------------------------------------------------------------------------------------
ADMIN_PATH = env.str("ADMIN_PATH", default="admin").strip("/")
if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", ADMIN_PATH):
    raise ImproperlyConfigured(
        f"ADMIN_PATH is “{ADMIN_PATH}”: it must be one word of small letters, digits and hyphens."
    )
# forms from one address in a minute, in each process; 0 is no limit. Staff at the desk are not counted
POSTS_A_MINUTE = env.int("POSTS_A_MINUTE", default=300)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        # the nonce is in the header only where a page asked for one (the admin): a public page is the same for all
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", *([f"{urlsplit(MEDIA_URL).scheme}://{MEDIA_HOST}"] if MEDIA_HOST else [])],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        # no text becomes markup or code, but through the one policy of static/js that reads our own pages
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["own-page"],
    }
}
# the admin's own scripts and the editor write markup as text: static/js/admin/trusted.js says what they may
ADMIN_POLICY = {"trusted-types": ["default", "unseen"]}
PERMISSIONS_POLICY = {
    name: []
    for name in (
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "microphone",
        "payment",
        "usb",
    )
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "newsroom.messages.Storage"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False  # the editor's uploads send the token in a header
if urlsplit(SITE_URL).scheme == "https":
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=IN_PRODUCTION)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=63072000 if IN_PRODUCTION else 0)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
    # hard to undo, so the owner's choice
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=False)
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # asked from inside, past the server in front
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)  # how many proxies of our own stand in front
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SILENCED_SYSTEM_CHECKS = ["security.W021"]  # HSTS preload: see above

# --- logs ---------------------------------------------------------------------------------------------------------
LOG_FORMAT = env.str("LOG_FORMAT", default="json" if IN_PRODUCTION else "text")
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "newsroom.logs.RequestIdFilter"}},
    "formatters": {
        "json": {
            "()": "newsroom.logs.OneObjectFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        },
        "text": {
            "()": "newsroom.logs.OneLineFormatter",
            "format": "{asctime} {levelname} {name} [{request_id}] {message}",
            "style": "{",
        },
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "filters": ["request_id"], "formatter": LOG_FORMAT},
        "failures": {"class": "newsroom.failures.Keeper", "level": "ERROR"},
    },
    "root": {"handlers": ["console", "failures"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
    },
}
