"""The numbers of the two account profiles, `dengbao` and `asvs` (reliability.md §4.4). Values only, no database."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

# 三员: three offices that nobody may hold two of.
THREE_OFFICERS = frozenset({"admin", "security", "auditor"})
_STAFF = frozenset({"clerk", "head", "chair", "handler", "unit_head", "observer", "finance", "liaison"})


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile: idle limits of administrators, staff and members, sessions at once, days a password holds."""

    idle_officers: timedelta
    idle_staff: timedelta
    idle_members: timedelta
    sessions_officers: int
    sessions_others: int
    password_days: int | None
    # Who needs a second factor wherever the office is on a network.
    second_factor: frozenset[str]


PROFILES: dict[str, Profile] = {
    "dengbao": Profile(timedelta(minutes=15), timedelta(minutes=30), timedelta(minutes=60), 1, 3, 90, THREE_OFFICERS),
    "asvs": Profile(
        timedelta(minutes=30), timedelta(minutes=30), timedelta(minutes=30), 5, 5, None, THREE_OFFICERS | _STAFF
    ),
}
# The longest that any log-in may rest, whoever's.
LONGEST_REST = max(max(x.idle_officers, x.idle_staff, x.idle_members) for x in PROFILES.values())
_LONGEST_SESSION = timedelta(hours=12)


def is_officer(roles: Collection[str]) -> bool:
    """Say whether one of the three offices is among the roles."""
    return not THREE_OFFICERS.isdisjoint(roles)


def idle_limit(roles: Collection[str], *, profile: str) -> timedelta:
    """Return how long a log-in of somebody with these roles may rest."""
    rules = PROFILES[profile]
    if is_officer(roles):
        return rules.idle_officers
    return rules.idle_members if _STAFF.isdisjoint(roles) else rules.idle_staff


def session_age_limit() -> timedelta:
    """Return how old any log-in may become."""
    return _LONGEST_SESSION


def sessions_at_once(roles: Collection[str], *, profile: str) -> int:
    """Return how many log-ins somebody with these roles may have at once."""
    rules = PROFILES[profile]
    return rules.sessions_officers if is_officer(roles) else rules.sessions_others


def password_age_limit(*, profile: str) -> timedelta | None:
    """Return how long a password holds; None: until there is a reason to change it."""
    days = PROFILES[profile].password_days
    return None if days is None else timedelta(days=days)


def needs_second_factor(roles: Collection[str], *, profile: str) -> bool:
    """Say whether somebody with these roles needs a second factor where the office is on a network."""
    return not PROFILES[profile].second_factor.isdisjoint(roles)
