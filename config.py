"""Settings: read once from the environment, checked at the start, never changed.

Every variable is one field below: its name, how it is read, its default and what it is for.
docs/operations.md shows the same table, and a test compares the two.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).resolve().parent
VERSION = "0.1.0"
"""Of the program; pyproject.toml has the same."""
SECRET_MIN_BYTES = 32
SECRET_MIN_DISTINCT = 10
_HOST_AND_PORT = r"[\w.-]+:[0-9]{1,5}"
_SENTINEL_URL = (
    rf"redis\+sentinel://(:[\w.~-]+@)?{_HOST_AND_PORT}(,{_HOST_AND_PORT})*/[0-9]+/[\w.-]+"
)
"""A password of letters, digits and -._~ only: the libraries differ in how they quote others."""


class BadSetting(ValueError):
    """A variable has an unusable value; the text is the one line that stops the start."""

    def __init__(self, variable: str, why: str) -> None:
        super().__init__(f"{variable}: {why}")


def _text(value: str) -> str:
    return value


def _folder(value: str) -> Path:
    return Path(value).expanduser().resolve()


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        number = int(value) if re.fullmatch(r"\s*-?[0-9]{1,18}\s*", value) else None
        if number is None or not low <= number <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {value!r}")
        return number

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in words:
            raise ValueError(f"must be one of {', '.join(words)}, not {value!r}")
        return value

    return read


def _yes_no(value: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if value.lower() not in known:
        raise ValueError(f"must be 1 or 0, not {value!r}")
    return known[value.lower()]


def _mongo_uri(value: str) -> str:
    if not value.startswith(("mongodb://", "mongodb+srv://")):
        raise ValueError("must start with mongodb:// or mongodb+srv://")
    return value


def _redis_url(value: str) -> str:
    if value.startswith("redis+sentinel://"):
        if not re.fullmatch(_SENTINEL_URL, value):
            raise ValueError("must be redis+sentinel://[:password@]host:port,…/db/service")
        return value
    if not value.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must start with redis://, rediss://, unix:// or redis+sentinel://")
    _ = urlsplit(value).port  # raises for one that is no number
    return value


def _roles_by_password(value: str) -> tuple[str, ...]:
    found = _words(value)
    if not set(found) <= {"supervisor", "auditor", "admin"}:
        raise ValueError(f"must be of supervisor, auditor, admin, comma-separated, not {value!r}")
    return found


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://stock.example.com")
    return value


def _smtp_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("must be an address such as smtp://mail.example.com:587")
    _ = parts.port  # raises for one that is no number
    return value


def _mail_address(value: str) -> str:
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+|[^@<>\r\n]+<[^@\s<>]+@[^@\s<>]+>", value):
        raise ValueError(
            "must be an address such as stock@example.com or Stock <stock@example.com>"
        )
    return value


def _networks(value: str) -> tuple[str, ...]:
    return tuple(str(ip_network(word)) for word in _words(value))


def _sentinels(value: str) -> tuple[str, ...]:
    found = _words(value)
    if not all(re.fullmatch(_HOST_AND_PORT, word) for word in found):
        raise ValueError(f"must be host:port, comma-separated, not {value!r}")
    return found


def _secret(value: str) -> str:
    if len(value.encode()) < SECRET_MIN_BYTES or len(set(value)) < SECRET_MIN_DISTINCT:
        raise ValueError(
            f"is too weak: give at least {SECRET_MIN_BYTES} random bytes, "
            "such as the output of `openssl rand -hex 32`"
        )
    return value


def _words(value: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _var(name: str, read: Callable[[str], Any], default: Any, about: str) -> Any:
    return field(default=default, metadata={"name": name, "read": read, "about": about})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One frozen set of settings for a process. Durations are whole seconds."""

    host: str = _var("HOST", _text, "127.0.0.1", "address to listen on")
    port: int = _var("PORT", _whole(1, 65535), 5000, "TCP port to listen on")
    workers: int = _var("WORKERS", _whole(1, 64), 1, "server processes that share the port")
    job_workers: int = _var(
        "JOB_WORKERS", _whole(0, 16), 2, "worker processes for jobs that this machine runs"
    )
    data_dir: Path = _var(  # a Path never changes
        "STOCKVERIFY_DATA_DIR",
        _folder,
        ROOT / "var",
        "folder of the private servers, the demo secret and the demo passwords",
    )
    demo_password: str = _var(
        "STOCKVERIFY_DEMO_PASSWORD", _text, "", "one password for all demo accounts"
    )
    mongo_uri: str = _var(
        "MONGO_URI", _mongo_uri, "", "MongoDB replica set or sharded cluster; unset: a private one"
    )
    mongo_db: str = _var("MONGO_DB", _text, "stockverify", "name of the database")
    redis_url: str = _var(
        "REDIS_URL", _redis_url, "", "Redis; unset: REDIS_HOST and the rest, else a private one"
    )
    redis_host: str = _var("REDIS_HOST", _text, "", "Redis by parts, where REDIS_URL is unset")
    redis_port: int = _var("REDIS_PORT", _whole(1, 65535), 6379, "port, with REDIS_HOST")
    redis_sentinels: tuple[str, ...] = _var(
        "REDIS_SENTINELS", _sentinels, (), "Sentinels host:port, comma-separated, not REDIS_HOST"
    )
    redis_service: str = _var(
        "REDIS_SERVICE", _text, "mymaster", "what the Sentinels call the Redis that they watch"
    )
    redis_password: str = _var("REDIS_PASSWORD", _text, "", "password, with either of them")
    redis_db: int = _var("REDIS_DB", _whole(0, 1023), 0, "database number, with either")
    jwt_secret: str = _var(
        "JWT_SECRET_KEY", _secret, "", "signs the tokens; needed outside the demo"
    )
    custody_key: Path | None = _var(
        "CUSTODY_KEY",
        _folder,
        None,
        "PEM file of the Ed25519 key that signs proofs of custody, made at the first start; "
        "unset: `custody-key.pem` in the data folder. All servers of a warehouse need the same one",
    )
    access_ttl: int = _var("ACCESS_TOKEN_TTL", _whole(10, 86_400), 900, "life of an access token")
    refresh_ttl: int = _var(
        "REFRESH_TOKEN_TTL", _whole(60, 7_776_000), 1_209_600, "life of a sign-in without use"
    )
    second_factor_roles: tuple[str, ...] = _var(
        "SECOND_FACTOR_ROLES",
        _roles_by_password,
        (),
        "roles that must have a second factor, comma-separated, of supervisor, auditor and admin; "
        "whoever has none yet can only turn it on",
    )
    cookie_secure: bool = _var(
        "COOKIE_SECURE",
        _yes_no,
        default=True,
        about="cookies travel by HTTPS only; the demo turns it off",
    )
    lan: bool = _var(
        "LAN", _yes_no, False, "serve phones on the LAN by HTTPS, with an authority of our own"
    )
    lan_address: str = _var(
        "LAN_ADDRESS", _text, "", "this machine's address in the LAN, where it has several"
    )
    tls_certificate: Path | None = _var(
        "TLS_CERTIFICATE", _folder, None, "PEM file: serve HTTPS by this process itself"
    )
    tls_key: Path | None = _var("TLS_KEY", _folder, None, "PEM file of its key")
    proxies: int = _var(
        "PROXIES", _whole(0, 9), 0, "reverse proxies in front whose X-Forwarded headers are true"
    )
    cors_origins: tuple[str, ...] = _var(
        "CORS_ORIGINS", _words, (), "other origins, comma-separated, whose pages may open a socket"
    )
    rack_lock_ttl: int = _var(
        "RACK_LOCK_TTL", _whole(2, 3600), 60, "life of a lease unless renewed"
    )
    heartbeat_ttl: int = _var("HEARTBEAT_TTL", _whole(2, 3600), 90, "a user is active this long")
    session_lock_ttl: int = _var(
        "SESSION_LOCK_TTL", _whole(60, 86_400), 3600, "life of a session's metadata in Redis"
    )
    max_open_sessions: int = _var(
        "MAX_OPEN_SESSIONS", _whole(1, 1000), 5, "open sessions a user may hold at once"
    )
    sync_max_batch: int = _var("SYNC_MAX_BATCH", _whole(1, 5000), 500, "records in one batch")
    rate_limit_per_minute: int = _var(
        "RATE_LIMIT_PER_MINUTE",
        _whole(1, 1_000_000),
        1200,
        "requests and live events a user may send in a minute",
    )
    public_url: str = _var(
        "PUBLIC_URL", _web_address, "", "where people reach this server, for links in letters"
    )
    smtp_url: str = _var(
        "SMTP_URL",
        _smtp_url,
        "",
        "mail server, smtp:// or smtps://, with name and password where it asks; unset: no e-mail",
    )
    mail_from: str = _var("MAIL_FROM", _mail_address, "", "sender of letters; goes with SMTP_URL")
    webhook_networks: tuple[str, ...] = _var(
        "WEBHOOK_NETWORKS",
        _networks,
        (),
        "private networks that webhooks may reach, comma-separated, such as 10.1.0.0/16",
    )
    log_days: int = _var(
        "LOG_RETENTION_DAYS", _whole(1, 3650), 180, "days that activity and error log are kept"
    )
    log_format: str = _var(
        "LOG_FORMAT", _one_of("json", "console"), "json", "form of the log lines"
    )
    async_mode: str = _var(
        "ASYNC_MODE",
        _one_of("eventlet", "threading"),
        "eventlet",
        "how Socket.IO runs; threading: tests",
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read and check all variables.

        Raises:
            BadSetting: a value is unusable, or values do not go together.
        """
        given = os.environ if environ is None else environ
        values = {
            f.name: _read(f, given[f.metadata["name"]])
            for f in fields(cls)
            if given.get(f.metadata["name"])
        }
        return _fit_together(cls(**values))

    @property
    def is_demo(self) -> bool:
        """Whether nothing was configured: private servers, demo warehouse, demo accounts."""
        return not (self.mongo_uri or self.redis_url or self.jwt_secret)

    @property
    def signing_key(self) -> Path:
        """Where the key that signs proofs of custody lies."""
        return self.custody_key or self.data_dir / "custody-key.pem"

    def as_env(self) -> dict[str, str]:
        """The variables from which `from_env` makes these settings again, for a child process."""
        written = {f.metadata["name"]: _write(getattr(self, f.name)) for f in fields(self)}
        return {name: value for name, value in written.items() if value}


def _read(setting: Field[Any], value: str) -> Any:
    try:
        return setting.metadata["read"](value)
    except ValueError as error:
        raise BadSetting(setting.metadata["name"], str(error)) from None


def _write(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if value is None:
        return ""
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _fit_together(settings: Settings) -> Settings:
    if not settings.redis_url and (settings.redis_host or settings.redis_sentinels):
        settings = replace(settings, redis_url=_redis_from_parts(settings))
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise BadSetting("TLS_KEY", "goes with TLS_CERTIFICATE")
    if bool(settings.smtp_url) != bool(settings.mail_from):
        raise BadSetting("MAIL_FROM", "goes with SMTP_URL")
    if settings.is_demo:
        return settings
    needed = {
        "MONGO_URI": settings.mongo_uri,
        "REDIS_URL": settings.redis_url,
        "JWT_SECRET_KEY": settings.jwt_secret,
    }
    for name, value in needed.items():
        if not value:
            others = " and ".join(other for other, given in needed.items() if given)
            raise BadSetting(name, f"must be set too where {others} is set")
    return settings


def _redis_from_parts(settings: Settings) -> str:
    password = f":{quote(settings.redis_password, safe='')}@" if settings.redis_password else ""
    if settings.redis_sentinels:
        where = ",".join(settings.redis_sentinels)
        url = f"redis+sentinel://{password}{where}/{settings.redis_db}/{settings.redis_service}"
        if not re.fullmatch(_SENTINEL_URL, url):
            raise BadSetting("REDIS_PASSWORD", "with Sentinels: letters, digits and -._~ only")
        return url
    return f"redis://{password}{settings.redis_host}:{settings.redis_port}/{settings.redis_db}"


def shown(settings: Settings) -> list[dict[str, str]]:
    """The settings for people to read: name, value and meaning, without anything secret."""
    return [
        {
            "name": f.metadata["name"],
            "value": _without_secrets(f.name, _write(getattr(settings, f.name))),
            "about": f.metadata["about"],
        }
        for f in fields(settings)
    ]


def _without_secrets(name: str, value: str) -> str:
    if name in {"jwt_secret", "redis_password", "demo_password"}:
        return "set" if value else ""
    return re.sub(r"//[^@/]*@", "//…@", value)


def new_secret() -> str:
    """A fresh signing secret that `JWT_SECRET_KEY` would accept."""
    return secrets.token_hex(SECRET_MIN_BYTES)


def default_of(setting: Field[Any]) -> Any:
    """The default of one field of Settings, for the table in docs/operations.md."""
    return None if setting.default is MISSING else setting.default
