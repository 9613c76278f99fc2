"""Colours of levels and states: every pair that is given can be read, and words come first."""

import pytest

from casework.supervisions import palette
from casework.supervisions.palette import LEAST_CONTRAST, Pair, defaults, level_sets
from workflows.registry import registry


def test_every_colour_we_give_can_be_read_and_every_state_has_one() -> None:
    pairs = [*defaults().values(), *(pair for each in level_sets().values() for pair in each.pairs.values())]
    assert min(pair.contrast for pair in pairs) >= LEAST_CONTRAST
    states = registry().latest("supervision").workflow.states
    assert {palette.state_key(name) for name in states} <= set(defaults())


@pytest.mark.parametrize(
    ("ink", "tint", "ratio"),
    # The ends of the scale, and two that are known from the recommendation's own tables.
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
    ],
)
def test_contrast_is_that_of_the_recommendation(ink: str, tint: str, ratio: float) -> None:
    assert Pair(ink, tint).contrast == pytest.approx(ratio, abs=0.005)
