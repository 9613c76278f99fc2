"""What a text consists of for the model: its characters and pairs of neighbours, in their folded form."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from casework.core import texts

# A pair does not reach over what is no letter, digit or character; office files come full of tabs and line ends.
_RUN = re.compile(r"[^\W_]+")
# Beside hundreds of grams one mark would hardly be heard.
_OF_A_MARK = 20
_OF_A_TITLE = 4
# A text without a title begins with what it is about.
_OF_A_BEGINNING, _BEGINNING = 3, 15
_TOWN, _VILLAGE = 9, 12


def runs(text: str) -> list[str]:
    """Return the unbroken runs of a text in its folded form, blanks inside a line left out."""
    return _RUN.findall("".join(texts.search_key(text).split()))


def grams(text: str) -> Iterator[str]:
    """Yield every character and every pair of neighbours, as often as they stand there."""
    for run in runs(text):
        yield from run
        yield from (run[at : at + 2] for at in range(len(run) - 1))


def weighed(text: str, marks: Iterable[str] = ()) -> Counter[str]:
    """Count what a report consists of: its grams, and the marks of what is known beside its words."""
    counted = Counter(grams(text))
    counted.update(dict.fromkeys(marks, _OF_A_MARK))
    return counted


def marks_of(category: str | None, region_code: str | None) -> tuple[str, ...]:
    """Return what is known of a report beside its words, as marks that no text contains: its category, its place."""
    places = [f"@{region_code[:n]}" for n in (_TOWN, _VILLAGE) if region_code is not None and len(region_code) >= n]
    kinds = [] if category is None else [f"={category}"]
    return (*kinds, *places, *(kind + place for kind in kinds for place in places[:1]))


def told(title: str, description: str) -> str:
    """Return the text that stands for a report. The title says in few words what it is about, so it counts as several.

    Where there is none, the first characters stand for it. How often and how many was tried on messages kept from the
    training (docs/decisions/0122).
    """
    if title:
        return f"{title}. " * _OF_A_TITLE + description
    beginning = "".join(description.split())[:_BEGINNING]
    return f"{beginning}. " * _OF_A_BEGINNING + description
