"""What a text consists of for the model: its characters and pairs of neighbours, in their folded form."""

import re
from collections.abc import Iterator

from casework.core import texts

# A pair does not reach over what is no letter, digit or character; office files come full of tabs and line ends.
_RUN = re.compile(r"[^\W_]+")


def runs(text: str) -> list[str]:
    """Return the unbroken runs of a text in its folded form, blanks inside a line left out."""
    return _RUN.findall("".join(texts.search_key(text).split()))


def grams(text: str) -> Iterator[str]:
    """Yield every character and every pair of neighbours, as often as they stand there."""
    for run in runs(text):
        yield from run
        yield from (run[at : at + 2] for at in range(len(run) - 1))


def told(title: str, description: str) -> str:
    """Return the text that stands for a report. The title says in few words what it is about, so it counts twice."""
    return f"{title}. {title}. {description}"
