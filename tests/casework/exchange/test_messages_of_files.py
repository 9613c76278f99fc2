"""Whatever is refused here has a sentence in both languages, with the parameters it is given."""

import re
import tomllib
from pathlib import Path

import pytest

from casework.core import i18n
from casework.exchange import limits

SOURCES = sorted((Path(limits.__file__).parent).glob("*.py"))
TEXT = "\n".join(path.read_text("utf-8") for path in SOURCES)
REFUSALS = set(re.findall(r'refused\(\s*"([a-z0-9_]+)"', TEXT))
FIELDS = set(re.findall(r'invalid\(\s*column,\s*"([a-z0-9_]+)"', TEXT))


def test_the_codes_were_found_in_the_sources() -> None:
    assert len(REFUSALS) > 25
    assert len(FIELDS) > 15


@pytest.mark.parametrize("code", sorted({f"refusal.{c}" for c in REFUSALS} | {f"field.{c}" for c in FIELDS}))
def test_every_code_says_in_both_languages_what_to_do(code: str) -> None:
    for locale in i18n.LOCALES:
        sentence = i18n.say(code, locale=locale)
        assert sentence[-1] in "。."
        assert "!" not in sentence
        assert "！" not in sentence
        asked = set(re.findall(r"\{([a-z_]+)\}", sentence))
        given = set(re.findall(r"([a-z_]+)=", calls_of(code)))
        assert asked <= given


def calls_of(code: str) -> str:
    name = code.partition(".")[2]
    return "\n".join(re.findall(rf'"{name}"((?:[^()]|\([^()]*\))*)\)', TEXT))


def test_no_sentence_of_the_catalogue_is_left_over() -> None:
    told = set(tomllib.loads((Path(i18n.__file__).parents[1] / "locale/messages/exchange.toml").read_text("utf-8")))
    ours = {code for code in told if not code.startswith("exchange.")}
    used = {f"refusal.{c}" for c in REFUSALS} | {f"field.{c}" for c in FIELDS}
    # Sentences that several rooms use stand in other files of the catalogue.
    assert ours <= used <= set(i18n.catalogue())
