"""What Rivulet reads from its surroundings: environment variables, `.env`, and the data folder.

Values are checked as they are read: one that cannot be understood is an ImproperlyConfigured
with a sentence that names it. Every name read here is listed in `.env.example`.
"""

import math
import os
import secrets
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv

BASE_DIR = Path(__file__).resolve().parent.parent
TRUE, FALSE = {"true", "1", "yes", "on"}, {"false", "0", "no", "off", ""}

# Into the environment itself: that is where upstreams look for their keys.
load_dotenv(os.environ.get("ENV_FILE", BASE_DIR / ".env"))


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def boolean(name: str, default: bool) -> bool:
    value = text(name, str(default)).lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
    return value in TRUE


def number(name: str, default: float, *, least: float = 0, most: float = float("inf")) -> float:
    """A number between `least` and `most`, in the unit that `.env.example` names."""
    value = text(name) or str(default)
    try:
        parsed = float(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number, not {value!r}.") from None
    if not math.isfinite(parsed):
        raise ImproperlyConfigured(f"{name} must be a number, not {value!r}.")
    if not least <= parsed <= most:
        raise ImproperlyConfigured(f"{name} must be between {least:g} and {most:g}, not {value}.")
    return parsed


def numbers(name: str, default: str) -> list[float]:
    """Numbers with commas between them, none below nought; "" is the default."""
    value = text(name) or default
    try:
        parsed = [float(item) for item in value.split(",")]
    except ValueError:
        parsed = [math.nan]
    if not all(0 <= each < 10**8 for each in parsed):
        raise ImproperlyConfigured(f"{name} must be numbers with commas between, not {value!r}.")
    return parsed


def whole(name: str, default: int, *, least: int, most: float = float("inf")) -> int:
    parsed = number(name, default, least=least, most=most)
    if not parsed.is_integer():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {parsed}.")
    return int(parsed)


def choice(name: str, default: str, choices: Iterable[str]) -> str:
    value = text(name) or default
    if value.upper() not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value.upper()


def words(name: str) -> list[str]:
    """A comma-separated list; empty items are dropped."""
    return [item.strip() for item in text(name).split(",") if item.strip()]


def origin(name: str) -> str:
    """One web origin, `scheme://host[:port]`, or "" where it is not set."""
    return _origin(name, text(name)) if text(name) else ""


def origins(name: str) -> list[str]:
    return [_origin(name, item) for item in words(name)]


def database(data_dir: Path) -> dict:
    """Django's settings for DATABASE_URL, SQLite under `data_dir` by default.

    SQLite: write-ahead log, every commit on disk before it is shown (law 2), and transactions that
    take the write lock at their start, so that none fails half-way for want of it.
    """
    default = f"sqlite:///{data_dir / 'rivulet.sqlite3'}"
    try:
        config = dj_database_url.parse(text("DATABASE_URL") or default, conn_max_age=0)
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}") from error
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        }
        config["TEST"] = {"NAME": str(data_dir / "test.sqlite3")}
    return config


def redis_url() -> str:
    """REDIS_URL, or "" where it is not set."""
    url = text("REDIS_URL")
    if url and urlsplit(url).scheme not in {"redis", "rediss"}:
        # It may hold a password: what was written is not repeated here.
        raise ImproperlyConfigured("REDIS_URL must be like redis://127.0.0.1:6379.")
    if url and find_spec("redis") is None:
        raise ImproperlyConfigured("REDIS_URL needs the Python package redis: pip install redis")
    return url


def data_dir() -> Path:
    """The folder for everything that Rivulet keeps: database, keys, gathered static files."""
    return (BASE_DIR / text("DATA_DIR", "var")).resolve()


def secret_key() -> str:
    """SECRET_KEY, or the one that `prepare` made."""
    if key := text("SECRET_KEY"):
        return key
    try:
        return _secret_key_file().read_text()
    except OSError as error:
        raise ImproperlyConfigured(
            "there is no secret key yet: run `make up` once, or set SECRET_KEY."
        ) from error


def key_ring() -> list[str]:
    """KEY_RING, or the one that `prepare` made: Fernet keys, the one that encrypts first."""
    try:
        ring = words("KEY_RING") or _key_ring_file().read_text().split()
    except OSError as error:
        raise ImproperlyConfigured(
            "there is no key ring yet: run `make up` once, or set KEY_RING."
        ) from error
    if not ring:
        raise ImproperlyConfigured("the key ring is empty: set KEY_RING.")
    for key in ring:
        try:
            Fernet(key)
        except ValueError:  # the key is not repeated here
            raise ImproperlyConfigured(
                "KEY_RING must hold Fernet keys (32 bytes in URL-safe base64) with commas between."
            ) from None
    return ring


def prepare() -> None:
    """Make the data folder (mode 700), its secret key and its key ring (600) where they are not
    there yet."""
    try:
        data_dir().mkdir(mode=0o700, parents=True, exist_ok=True)
        if not text("SECRET_KEY"):
            _make(_secret_key_file(), secrets.token_urlsafe(50))
        if not text("KEY_RING"):
            _make(_key_ring_file(), Fernet.generate_key().decode())
    except OSError as error:
        raise ImproperlyConfigured(
            f"the folder {data_dir()} cannot be written ({error.strerror}): "
            "set DATA_DIR to one that can."
        ) from error


def _secret_key_file() -> Path:
    return data_dir() / "secret_key"


def _key_ring_file() -> Path:
    return data_dir() / "key_ring"


def _make(file: Path, content: str) -> None:
    """Written beside and moved: it is there whole or not at all."""
    if file.exists() and file.stat().st_size:
        return
    draft = file.with_suffix(f".{os.getpid()}")
    draft.touch(0o600)
    draft.write_text(content)
    draft.replace(file)


def _origin(name: str, value: str) -> str:
    parts = urlsplit(value)
    if (
        parts.scheme not in {"http", "https"}
        or value.rstrip("/") != f"{parts.scheme}://{parts.netloc}"
    ):
        raise ImproperlyConfigured(f"{name} must be like https://chat.example.org, not {value!r}.")
    return value.rstrip("/")
