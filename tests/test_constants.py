"""What Hypothesis asks of the texts of the program is answered as Hypothesis would, only quicker."""

from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers
from hypothesis.internal.intervalsets import IntervalSet

from tests import constants

LETTERS = st.characters() | st.sampled_from("]^-\\[\n\x00\ud800\U0010ffff水")
TEXTS = st.text(LETTERS, max_size=6)


@given(text=TEXTS, alphabet=st.text(LETTERS), sizes=st.tuples(st.integers(0, 3), st.integers(0, 6)))
@example(text="", alphabet="", sizes=(0, 0))
@example(text="a-z]", alphabet="]-^az", sizes=(0, 6))
def test_a_text_fits_as_letter_by_letter(text: str, alphabet: str, sizes: tuple[int, int]) -> None:
    for letters in (alphabet, alphabet + text):
        asked = {"min_size": sizes[0], "max_size": sizes[1], "intervals": IntervalSet.from_string(letters)}
        assert constants.fits(text, asked) == constants._letter_by_letter(text, asked)


@given(st.integers(), st.integers() | st.none(), st.integers() | st.none())
def test_what_is_no_text_is_judged_by_hypothesis(number: int, least: int | None, most: int | None) -> None:
    asked = {"min_value": least, "max_value": most, "weights": None, "shrink_towards": 0}
    assert constants.fits(number, asked) == constants._letter_by_letter(number, asked)


def test_hypothesis_asks_here() -> None:
    assert providers.choice_permitted is constants.fits  # type: ignore[attr-defined] # imported there for itself
