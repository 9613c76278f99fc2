"""The two profiles of account rules, number by number (reliability.md §4.4)."""

from datetime import timedelta

import pytest

from casework.registry import account_rules as rules

OFFICER, STAFF, MEMBER = {"security"}, {"clerk", "member"}, {"member"}


@pytest.mark.parametrize(
    ("profile", "minutes", "at_once", "days", "factor"),
    [
        ("dengbao", (15, 30, 60), (1, 3, 3), 90, (True, False, False)),
        ("asvs", (30, 30, 30), (5, 5, 5), None, (True, True, False)),
    ],
)
def test_each_profile_keeps_its_numbers(
    profile: str, minutes: tuple[int, ...], at_once: tuple[int, ...], days: int | None, factor: tuple[bool, ...]
) -> None:
    people = (OFFICER, STAFF, MEMBER)
    assert tuple(rules.idle_limit(roles, profile=profile) for roles in people) == tuple(
        timedelta(minutes=each) for each in minutes
    )
    assert tuple(rules.sessions_at_once(roles, profile=profile) for roles in people) == at_once
    assert rules.password_age_limit(profile=profile) == (None if days is None else timedelta(days=days))
    assert tuple(rules.needs_second_factor(roles, profile=profile) for roles in people) == factor
    assert rules.session_age_limit() == timedelta(hours=12)
    # Whoever holds an office beside another role is held to the office.
    assert rules.idle_limit(OFFICER | MEMBER, profile=profile) == timedelta(minutes=minutes[0])
