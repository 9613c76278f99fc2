"""What may be set from outside: one table of environment variables, read once, refused when unsafe or unknown."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from casework.core.outbound import Allowed, NoTarget
from casework.core.scanning import Scanner
from casework.core.unsafe import Fault, Unsafe


class UnsafeSettings(Unsafe):
    """A setting is unknown, unreadable or unsafe; the service does not start."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its name, what is used when it is unset, and what it does."""

    env: str
    default: str
    meaning: str


SETTINGS: tuple[Setting, ...] = (
    Setting("CASEWORK_HOME", "./var", "folder of database, attachments, keys"),
    Setting("CASEWORK_DATABASE_URL", "", "database; empty: SQLite in the home"),
    Setting("CASEWORK_READ_DATABASE_URL", "", "a standby that figures may be read from; empty: none"),
    Setting("CASEWORK_READ_SECONDS", "30", "how late it may be"),
    Setting("CASEWORK_REDIS_URL", "", "Redis; empty: embedded mode, no server needed"),
    Setting("CASEWORK_HOST", "127.0.0.1", "address to listen on"),
    Setting("CASEWORK_PORT", "8311", "port to listen on"),
    Setting("CASEWORK_SECRET_KEY", "", "signs forms; empty: made once and kept in the home, mode 0600"),
    Setting("CASEWORK_TIMEZONE", "Asia/Shanghai", "the office's time zone"),
    Setting("CASEWORK_REGION", "510822", "the county this office serves (6-digit division code)"),
    Setting("CASEWORK_TRUSTED_HOSTS", "", "host names answered to, comma separated; empty: any on loopback"),
    Setting("CASEWORK_PROXIES", "0", "reverse proxies in front whose X-Forwarded headers are believed"),
    Setting("CASEWORK_HTTPS", "off", "on: cookies travel over https only, HSTS is sent"),
    Setting("CASEWORK_ACCOUNT_PROFILE", "dengbao", "log-in rules: dengbao or asvs"),
    Setting("CASEWORK_PROOF_MINUTES", "15", "how old a log-in may be when what is masked is shown; 720: any"),
    Setting("CASEWORK_ADMIN_NETWORKS", "", "networks from which the three administrators work; empty: any"),
    Setting("CASEWORK_CRYPTO_SUITE", "international", "field encryption: international (AES) or gm (SM4)"),
    Setting("CASEWORK_MAIL_URL", "", "smtp://user:password@host:port for mail; empty: no mail leaves the house"),
    Setting("CASEWORK_MAIL_FROM", "", "sender of mail"),
    Setting("CASEWORK_SMS", "", "text messages: a command (absolute path) or an https address; empty: none are sent"),
    Setting("CASEWORK_SMS_BODY", '{"phone":"{phone}","text":"{text}","id":"{id}"}', "what is posted to that address"),
    Setting("CASEWORK_SMS_EXPECT", "", "words that its answer has to contain; empty: any 2xx"),
    Setting("CASEWORK_SMS_PRICE", "0", "what a part of a text message costs, in yuan"),
    Setting("CASEWORK_SCANNER", "", "virus scanner: a command (absolute path), clamd://host:port, clamd:///socket"),
    Setting("CASEWORK_SCANNER_AWAY", "refuse", "while it does not answer: refuse files, or hold them until it does"),
    Setting("CASEWORK_WEBHOOK_ALLOW", "", "hosts, host:port or networks that messages may go to though private"),
    Setting("CASEWORK_OIDC_ISSUER", "", "OpenID Connect provider for single sign-on; empty: none"),
    Setting("CASEWORK_OIDC_CLIENT_ID", "", "what the provider calls this office"),
    Setting("CASEWORK_OIDC_CLIENT_SECRET", "", "the secret shared with the provider"),
    Setting("CASEWORK_OIDC_LABEL", "", "words on the log-in page's button; empty: our own"),
    Setting("CASEWORK_OIDC_CLAIM", "", "a claim trusted to be the user name here; empty: accounts are tied one by one"),
    Setting("CASEWORK_LOG_FORMAT", "json", "json or plain"),
    Setting("CASEWORK_SYSLOG", "", "logs go there besides: a socket such as /dev/log, or udp://host:port"),
    Setting("CASEWORK_BACKUP_PASSPHRASE", "", "encrypts backups when set"),
    Setting("CASEWORK_BACKUPS", "", "folder of backups without a name of their own; empty: backups in the home"),
    Setting("CASEWORK_BACKUPS_KEPT", "14", "how many of them are kept"),
    Setting("CASEWORK_CERTIFICATE", "", "certificate the doctor looks at: a PEM file, or https://host:port"),
)

_CHOICES = {
    "CASEWORK_HTTPS": ("on", "off"),
    "CASEWORK_ACCOUNT_PROFILE": ("dengbao", "asvs"),
    "CASEWORK_CRYPTO_SUITE": ("international", "gm"),
    "CASEWORK_LOG_FORMAT": ("json", "plain"),
    "CASEWORK_SCANNER_AWAY": ("refuse", "hold"),
}
_POSTGRESQL = ("postgresql://", "postgresql+psycopg://")
_FOREIGN_PREFIXES = ("CASEWORK_TEST_", "CASEWORK_SHARED_")


@dataclass(frozen=True, slots=True)
class Oidc:
    """The provider that logs people in for this office: single sign-on by OpenID Connect."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    label: str
    claim: str


@dataclass(frozen=True, slots=True)
class Sms:
    """Where text messages are handed in: a command or an address, what is posted, and what a part costs."""

    target: str = field(repr=False)
    body: str = field(repr=False)
    expect: str
    # In thousandths of a yuan.
    mills: int

    @property
    def is_command(self) -> bool:
        """Whether it is a program of this machine."""
        return self.target.startswith("/")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force, checked."""

    home: Path
    database_url: str
    read_database_url: str
    read_seconds: int
    redis_url: str
    host: str
    port: int
    secret_key: str
    zone: ZoneInfo
    region: str
    trusted_hosts: tuple[str, ...]
    proxies: int
    https: bool
    account_profile: str
    proof_within: timedelta
    admin_networks: tuple[IPv4Network | IPv6Network, ...]
    crypto_suite: str
    mail_url: str
    mail_from: str
    webhook_allow: Allowed
    log_format: str
    syslog: str
    backup_passphrase: str
    backups: Path
    backups_kept: int
    certificate: str
    # None: nobody comes in but by password.
    oidc: Oidc | None = None
    # None: no text message leaves the house.
    sms: Sms | None = None
    # None: files are judged by their kind alone.
    scanner: Scanner | None = None

    @property
    def embedded(self) -> bool:
        """Whether web, worker and beat share one process (no Redis set)."""
        return not self.redis_url

    @property
    def attachments(self) -> Path:
        """The folder of attachment contents."""
        return self.home / "attachments"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings, making the home folder and the secret key when they are missing.

    Raises:
        UnsafeSettings: a variable is unknown, malformed or unsafe; the message names each of them.
    """
    given = dict(os.environ if environ is None else environ)
    values = {s.env: given.get(s.env, "").strip() or s.default for s in SETTINGS}
    faults = _faults(given, values)
    if faults:
        raise UnsafeSettings(faults)
    home = home_of(given)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Settings(
        home=home,
        database_url=values["CASEWORK_DATABASE_URL"] or f"sqlite:///{home / 'casework.db'}",
        read_database_url=values["CASEWORK_READ_DATABASE_URL"],
        read_seconds=int(values["CASEWORK_READ_SECONDS"]),
        redis_url=values["CASEWORK_REDIS_URL"],
        host=values["CASEWORK_HOST"],
        port=int(values["CASEWORK_PORT"]),
        secret_key=values["CASEWORK_SECRET_KEY"] or _kept_secret(home),
        zone=ZoneInfo(values["CASEWORK_TIMEZONE"]),
        region=values["CASEWORK_REGION"],
        trusted_hosts=tuple(h.strip() for h in values["CASEWORK_TRUSTED_HOSTS"].split(",") if h.strip()),
        proxies=int(values["CASEWORK_PROXIES"]),
        https=values["CASEWORK_HTTPS"] == "on",
        account_profile=values["CASEWORK_ACCOUNT_PROFILE"],
        proof_within=timedelta(minutes=int(values["CASEWORK_PROOF_MINUTES"])),
        admin_networks=networks_of(values["CASEWORK_ADMIN_NETWORKS"]),
        crypto_suite=values["CASEWORK_CRYPTO_SUITE"],
        mail_url=values["CASEWORK_MAIL_URL"],
        mail_from=values["CASEWORK_MAIL_FROM"],
        webhook_allow=Allowed.read(values["CASEWORK_WEBHOOK_ALLOW"]),
        log_format=values["CASEWORK_LOG_FORMAT"],
        syslog=values["CASEWORK_SYSLOG"],
        backup_passphrase=values["CASEWORK_BACKUP_PASSPHRASE"],
        backups=Path(values["CASEWORK_BACKUPS"] or home / "backups").expanduser().absolute(),
        backups_kept=int(values["CASEWORK_BACKUPS_KEPT"]),
        certificate=values["CASEWORK_CERTIFICATE"],
        oidc=_oidc(values),
        sms=_sms(values),
        scanner=Scanner.read(values["CASEWORK_SCANNER"], holds=values["CASEWORK_SCANNER_AWAY"] == "hold"),
    )


def home_of(environ: Mapping[str, str]) -> Path:
    """Return the home folder that is meant, whether it is there or not."""
    return Path(environ.get("CASEWORK_HOME", "").strip() or "./var").expanduser().absolute()


def networks_of(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read networks and single addresses, parted by commas.

    Raises:
        ValueError: one of them is none; the message names it.
    """
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _oidc(values: Mapping[str, str]) -> Oidc | None:
    if not values["CASEWORK_OIDC_ISSUER"]:
        return None
    names = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "LABEL", "CLAIM")
    return Oidc(*(values[f"CASEWORK_OIDC_{name}"] for name in names))


def _sms(values: Mapping[str, str]) -> Sms | None:
    if not values["CASEWORK_SMS"]:
        return None
    mills = int(Decimal(values["CASEWORK_SMS_PRICE"]) * 1000)
    return Sms(values["CASEWORK_SMS"], values["CASEWORK_SMS_BODY"], values["CASEWORK_SMS_EXPECT"], mills)


def _sms_faults(values: Mapping[str, str]) -> list[Fault]:
    """Say what is wrong with text messages."""
    target = values["CASEWORK_SMS"]
    faults: list[Fault] = []
    if target and not target.startswith(("/", "https://", "http://")):
        faults.append(Fault("sms"))
    if not re.fullmatch(r"[0-9]{1,4}([.][0-9]{1,3})?", values["CASEWORK_SMS_PRICE"], re.ASCII):
        faults.append(Fault("sms_price"))
    lacking = [name for name in ("{phone}", "{text}") if name not in values["CASEWORK_SMS_BODY"]]
    return faults + [Fault("sms_body", {"name": name}) for name in lacking]


def _oidc_faults(values: Mapping[str, str]) -> list[Fault]:
    """Say what is wrong with single sign-on: half set it would be a door that leads nowhere."""
    needed = ("CASEWORK_OIDC_ISSUER", "CASEWORK_OIDC_CLIENT_ID", "CASEWORK_OIDC_CLIENT_SECRET")
    lacking = [name for name in needed if not values[name]]
    faults = [Fault("oidc_half", {"name": name}) for name in lacking if len(lacking) < len(needed)]
    beside = [s for s in SETTINGS if s.env in ("CASEWORK_OIDC_LABEL", "CASEWORK_OIDC_CLAIM")]
    if len(lacking) == len(needed):
        faults += [Fault("oidc_without_issuer", {"name": s.env}) for s in beside if values[s.env] != s.default]
    issuer = values["CASEWORK_OIDC_ISSUER"]
    if issuer and not is_safe_address(issuer):
        faults.append(Fault("oidc_plain"))
    if issuer and set(issuer) & set("?#"):
        faults.append(Fault("oidc_query"))
    return faults


def _standby_faults(values: Mapping[str, str]) -> list[Fault]:
    """Say what is wrong with the standby: a copy can only be read of a server that has one, and within a bound."""
    url, primary, seconds = (
        values[f"CASEWORK_{name}"] for name in ("READ_DATABASE_URL", "DATABASE_URL", "READ_SECONDS")
    )
    faults: list[Fault] = []
    if not (seconds.isascii() and seconds.isdigit() and 1 <= int(seconds) <= 3600):
        faults.append(_beyond("CASEWORK_READ_SECONDS", 1, 3600))
    if url and not url.startswith(_POSTGRESQL):
        faults.append(Fault("standby_form"))
    if url and not primary.startswith(_POSTGRESQL):
        faults.append(Fault("standby_alone"))
    if url and url == primary:
        faults.append(Fault("standby_same"))
    return faults


def is_safe_address(url: str) -> bool:
    """Say whether what is sent to an address cannot be read on the way: https, or this machine itself."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in ("127.0.0.1", "::1", "localhost"))


def _faults(given: Mapping[str, str], values: Mapping[str, str]) -> list[Fault]:
    known = {s.env for s in SETTINGS}
    faults = [
        Fault("not_a_setting", {"name": name})
        for name in sorted(given)
        if name.startswith("CASEWORK_") and name not in known and not name.startswith(_FOREIGN_PREFIXES)
    ]
    faults += _oidc_faults(values) + _sms_faults(values) + _standby_faults(values)
    faults += [
        Fault("one_of", {"name": name, "choices": ", ".join(choices)})
        for name, choices in _CHOICES.items()
        if values[name] not in choices
    ]
    port = values["CASEWORK_PORT"]
    if not (port.isascii() and port.isdigit() and 0 <= int(port) < 65536):
        faults.append(_beyond("CASEWORK_PORT", 0, 65535))
    if values["CASEWORK_PROXIES"] not in ("0", "1", "2", "3"):
        faults.append(_beyond("CASEWORK_PROXIES", 0, 3))
    for name, most in (("CASEWORK_BACKUPS_KEPT", 10000), ("CASEWORK_PROOF_MINUTES", 720)):
        if not (values[name].isascii() and values[name].isdigit() and 1 <= int(values[name]) <= most):
            faults.append(_beyond(name, 1, most))
    if not re.fullmatch(r"(/[^\0]+|udp://[^\s:/]+:[0-9]{1,5})?", values["CASEWORK_SYSLOG"]):
        faults.append(Fault("syslog"))
    region = values["CASEWORK_REGION"]
    if not (region.isascii() and region.isdigit() and len(region) == 6):
        faults.append(Fault("region"))
    key = values["CASEWORK_SECRET_KEY"]
    if key and len(key) < 32:
        faults.append(Fault("secret_key"))
    try:
        ZoneInfo(values["CASEWORK_TIMEZONE"])
    except (ZoneInfoNotFoundError, ValueError):
        faults.append(Fault("time_zone"))
    url = values["CASEWORK_DATABASE_URL"]
    if url and not url.startswith(("sqlite:///", *_POSTGRESQL)):
        faults.append(Fault("database_url"))
    if values["CASEWORK_REDIS_URL"] and not values["CASEWORK_REDIS_URL"].startswith(
        ("redis://", "rediss://", "unix://")
    ):
        faults.append(Fault("redis_url"))
    faults += _network_faults(values)
    if values["CASEWORK_HOST"] not in ("127.0.0.1", "::1", "localhost") and not values["CASEWORK_TRUSTED_HOSTS"]:
        faults.append(Fault("trusted_hosts"))
    return faults


def _beyond(name: str, least: int, most: int) -> Fault:
    return Fault("number", {"name": name, "least": least, "most": most})


def _network_faults(values: Mapping[str, str]) -> list[Fault]:
    faults: list[Fault] = []
    try:
        Allowed.read(values["CASEWORK_WEBHOOK_ALLOW"])
    except (ValueError, NoTarget):
        faults.append(Fault("webhook_allow"))
    try:
        Scanner.read(values["CASEWORK_SCANNER"], holds=False)
    except ValueError:
        faults.append(Fault("scanner"))
    try:
        networks_of(values["CASEWORK_ADMIN_NETWORKS"])
    except ValueError:
        faults.append(Fault("admin_networks"))
    return faults


def _kept_secret(home: Path) -> str:
    path = home / "secret.key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    return path.read_text("ascii").strip()
