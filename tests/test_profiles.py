"""A property that fails where changes land is told at once; at home it is made small first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


def _tries(profile: str) -> int:
    """Return how often a property that fails is tried once it has failed."""
    seen: list[list[int]] = []

    @settings(settings.get_profile(profile), database=None, max_examples=100)
    @given(st.lists(st.integers(), min_size=5))
    def few(numbers: list[int]) -> None:
        seen.append(numbers)
        assert sum(numbers) < 1000

    with pytest.raises(AssertionError):
        few()
    return len(seen) - next(place for place, numbers in enumerate(seen) if sum(numbers) >= 1000)


def test_where_changes_land_a_failure_is_tried_again_and_not_made_small() -> None:
    assert _tries("ci") <= 3


def test_at_home_it_is_made_small() -> None:
    assert _tries("here") > 10
