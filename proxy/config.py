"""The configuration: one frozen tree, read from YAML, validated once, errors naming the key's path.

May not do anything with the values; `app` hands each room its own. `config.example.yaml` documents
every key and equals these defaults (a test compares them).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from proxy.policy import Action, Reason

MAX_REVISIT_DAYS = 365
MAX_CONFIG_BYTES = 4_000_000  # 5,000 blogs of 800 bytes


class ConfigError(Exception):
    """The configuration can't be used. The text is one line: the key's path and what is allowed."""


def _address(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or int(port) not in range(65536):
        raise ValueError("must be HOST:PORT, for example 127.0.0.1:8000")
    return value


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an http or https address without query, for example https://blog.example")
    return value.rstrip("/")


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value, strict=False))
    except ValueError:
        raise ValueError("must be an address or a network, for example 10.0.0.0/8") from None


def _database(value: str) -> str:
    if not value.startswith(("sqlite:///", "sqlite+aiosqlite:///", "postgresql+asyncpg://")):
        raise ValueError("must start with sqlite:/// or postgresql+asyncpg://")
    return value


def _email(value: str) -> str:
    if not re.fullmatch(r"[^\s@<>(),;:\\\"\x00-\x1f\x7f]{1,64}@[A-Za-z0-9.-]{1,190}", value):
        raise ValueError("must be an e-mail address without a name, for example me@blog.example")
    return value


def _rising(value: tuple[int, ...]) -> tuple[int, ...]:
    if list(value) != sorted(set(value)) or any(day > MAX_REVISIT_DAYS for day in value):
        raise ValueError(f"must be days that rise, at most {MAX_REVISIT_DAYS}, for example [1, 7, 30]")
    return value


def _ports(value: object) -> object:
    return () if value == "any" else value


def _tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


HostPort = Annotated[str, AfterValidator(_address)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Network = Annotated[str, AfterValidator(_network)]
Email = Annotated[str, AfterValidator(_email)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=604800)]
Count = Annotated[int, Field(ge=1)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Section(BaseModel):
    """A frozen part of the tree that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class CutoffKeys(Section):
    """The two cut-offs on the score; null takes the model's own."""

    ham: Fraction | None = None
    spam: Fraction | None = None


class Blog(Section):
    """One blog behind the proxy."""

    url: Annotated[tuple[HttpUrl, ...], BeforeValidator(_tuple), Field(min_length=1)]
    upstream: HttpUrl
    mode: Literal["enforce", "observe"] = "enforce"
    cutoffs: CutoffKeys = CutoffKeys()
    delivery_spacing_seconds: Seconds = 16.0
    self_pings: Literal["forward", "drop", "quarantine"] = "forward"
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    xmlrpc_path: Annotated[str, Field(pattern="^(/.*)?$")] = ""
    webmention_path: Annotated[str, Field(pattern="^(/.*)?$")] = "/webmention"
    webmention_delivery: Literal["pingback", "native"] = "pingback"

    @property
    def name(self) -> str:
        """The blog's first address: its name in the database and the dashboard."""
        return self.url[0]


class Fetch(Section):
    """Limits of fetching sources."""

    connect_seconds: Seconds = 5.0
    first_byte_seconds: Seconds = 10.0
    total_seconds: Seconds = 20.0
    max_bytes: Count = 2_000_000
    max_wire_bytes: Count = 1_000_000
    max_redirects: Annotated[int, Field(ge=0, le=20)] = 5
    user_agent: str = "LinkbackProxy/0.1 (verifies links to a blog; +https://github.com/linkback-proxy)"
    allow_networks: tuple[Network, ...] = ()
    allow_ports: Annotated[tuple[Port, ...], BeforeValidator(_ports)] = (80, 443, 8080)  # () is any
    concurrency: Count = 50
    concurrency_per_host: Count = 2
    per_second: Count = 50
    per_host_per_minute: Count = 30
    per_address_per_minute: Count = 120
    per_path_per_minute: Count = 10
    negative_seconds: Seconds = 60.0
    positive_seconds: Seconds = 30.0
    honour_robots: bool = True
    second_look_share: Fraction = 0.05
    revisit_days: Annotated[tuple[Count, ...], AfterValidator(_rising)] = ()


class XmlRpc(Section):
    """Which XML-RPC methods pass."""

    allow: tuple[str, ...] = ("*",)
    deny: tuple[str, ...] = ()
    get_pingbacks: bool = True
    max_batch: Count = 50
    per_client_per_minute: Count = 600


class Limits(Section):
    """Bounds on what senders may ask of us."""

    max_body_bytes: Count = 1_000_000
    per_client_per_minute: Count = 60
    queue: Count = 20_000
    judging: Count = 20


class Delivery(Section):
    """How deliveries are tried."""

    timeout_seconds: Seconds = 60.0
    max_tries: Count = 12
    undo_seconds: Seconds = 10.0


class Retention(Section):
    """How long what was rejected or discarded stays to be seen."""

    days: Count = 30
    rows: Count = 100_000
    max_megabytes: Count = 2_000


class Dashboard(Section):
    """The dashboard's own listener."""

    listen: HostPort = "127.0.0.1:8001"
    public_url: HttpUrl | None = None
    metrics_token: Annotated[str, Field(min_length=16, max_length=200)] | None = None


class Digest(Section):
    """The daily e-mail of what waits; sent to nobody by default."""

    to: Annotated[tuple[Email, ...], BeforeValidator(_tuple), Field(max_length=20)] = ()
    sender: Email = "linkback-proxy@localhost"
    hour: Annotated[int, Field(ge=0, le=23)] = 7
    server: HostPort = "127.0.0.1:25"
    security: Literal["none", "starttls", "tls"] = "none"
    user: str = ""
    password: str = Field(default="", repr=False)

    @field_validator("user")
    @classmethod
    def _keeps_the_password(cls, user: str, known: ValidationInfo) -> str:
        if user and known.data.get("security") == "none":
            raise ValueError("needs security starttls or tls: a password is not sent in the clear")
        return user


class Log(Section):
    """The log: one event a linkback."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Config(Section):
    """The whole tree."""

    listen: HostPort = "127.0.0.1:8000"
    dashboard: Dashboard = Dashboard()
    database: Annotated[str, AfterValidator(_database)] = "sqlite:///linkbacks.db"
    models: str = "linkback-models"  # while it holds no model, the shipped one is used
    trusted_proxies: tuple[Network, ...] = ("127.0.0.0/8", "::1/128")
    reply_budget_seconds: Annotated[float, Field(ge=0, le=60)] = 2.5
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    blogs: Annotated[tuple[Blog, ...], Field(min_length=1)]
    fetch: Fetch = Fetch()
    xmlrpc: XmlRpc = XmlRpc()
    limits: Limits = Limits()
    delivery: Delivery = Delivery()
    retention: Retention = Retention()
    digest: Digest = Digest()
    log: Log = Log()
    actions: Mapping[Reason, Action] = Field(default_factory=dict)


def parse(text: str) -> Config:
    """Read a configuration from YAML text; ConfigError names the first key that is wrong."""
    if len(text) > MAX_CONFIG_BYTES:
        raise ConfigError(f"the file is longer than {MAX_CONFIG_BYTES} characters")
    try:
        tree = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  (safe, in C)
    except yaml.YAMLError as error:
        raise ConfigError(f"not YAML: {_one_line(error)}") from error
    if not isinstance(tree, dict):
        raise ConfigError("the file must be a mapping of keys; see config.example.yaml")
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(_first_error(error)) from error


def load(path: Path) -> Config:
    """Read a configuration file; ConfigError if it can't be read or used."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"can't read {path}: {_one_line(error)}") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _first_error(error: ValidationError) -> str:
    """Say in one line which key is wrong, and what is allowed there."""
    errors: list[Any] = list(error.errors(include_url=False))
    first = min(errors, key=lambda one: one["type"] != "extra_forbidden")  # a misspelt key explains the rest
    path = ".".join(str(part) for part in first["loc"] if part != "[key]")
    if first["type"] == "extra_forbidden":
        return f"{path}: unknown key; allowed here: {', '.join(_keys_at(first['loc'][:-1]))}"
    if first["type"] == "missing":
        return f"{path}: this key is required; see config.example.yaml"
    message = first["msg"].removeprefix("Value error, ")
    return f"{path}: {message[0].lower()}{message[1:]} (it is {first['input']!r:.80})"


def _keys_at(path: tuple[int | str, ...]) -> list[str]:
    """List the keys that the section at `path` knows."""
    section: type[BaseModel] = Config
    for part in path:
        if isinstance(part, int):
            continue
        section = Blog if part == "blogs" else section.model_fields[part].annotation  # type: ignore[assignment]
    return sorted(section.model_fields)
