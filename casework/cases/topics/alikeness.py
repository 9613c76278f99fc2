"""How much two reports are about one thing, from 0 to 1: judged by what is rare in both, not by what all reports say.

Three grounds, each found to matter on real messages (tests/casework/cases/alike): the whole text, as the cosine of its
pairs of characters, weighted by the square of their rarity; how much of each title stands anywhere in the other
report, because a title names the thing; and whether both share one unbroken name (a village group, an estate, a
company). A law quoted in full makes two texts alike and says nothing, so no ground is enough alone. A telephone, an
identity number or a date is no word: its digits stand in other numbers too, and a person is known by keyed indexes.
"""

import math
import re
from collections.abc import Set
from dataclasses import dataclass, field
from operator import add

from casework.matters.search import pairs_of
from casework.matters.word_counts import Knowledge

_NAME_PART = 0.4
# Beside pairs that tell something, one that is common keeps a name together and adds little to it.
_COMMON = 1 / 7
# So many digits in a row, grouped or not, are a number of somebody or a day.
_NUMBER = re.compile(r"[0-9](?:[ .-]?[0-9]){6,}")


@dataclass(frozen=True, slots=True)
class Told:
    """One report as it is compared: `folded` with its title in the first line, its pairs, and those of the title.

    `whole` and `of_title`: how loud those speak together.
    """

    folded: str
    pairs: Set[str]
    title: Set[str]
    whole: float
    of_title: float
    # Each pair of the text in its order with what it adds to a name; made once of a report that is asked about.
    steps: list[tuple[str, float]] = field(default_factory=list, compare=False)


def told(folded: str, knowledge: Knowledge) -> Told:
    """Weigh a report."""
    folded = _NUMBER.sub(" ", folded)
    pairs, title = pairs_of(folded), pairs_of(folded.partition("\n")[0])
    # Sums over sets: hundreds of reports are weighed for one question, and these loops are the interpreter's own.
    loud = knowledge.loud.__getitem__
    return Told(folded, pairs, title, sum(map(loud, pairs)), sum(map(loud, title)))


def alikeness(one: Told, other: Told, knowledge: Knowledge) -> float:
    """Return how alike two reports are; `one` is the one asked about, whose title counts twice."""
    common = one.pairs & other.pairs
    if not common or not one.whole or not other.whole:
        return 0.0
    loud = knowledge.loud.__getitem__
    mine, theirs = sum(map(loud, one.title & common)), sum(map(loud, other.title & common))
    shared = sum(map(loud, common)) + mine
    cosine = min(1.0, shared / math.sqrt((one.whole + one.of_title) * other.whole))
    titles = math.hypot(_part(mine, one.of_title), _part(theirs, other.of_title)) / math.sqrt(2)
    name = min(1.0, _longest_name(one, common, knowledge) / knowledge.of_a_name)
    return (1 - _NAME_PART) * math.sqrt(math.sqrt(cosine) * titles) + _NAME_PART * name


def _part(some: float, whole: float) -> float:
    return some / whole if whole else 0.0


def _longest_name(one: Told, common: Set[str], knowledge: Knowledge) -> float:
    """Return the rarity of the rarest unbroken stretch whose every pair stands in the other report too."""
    if not one.steps:
        pairs = map(add, one.folded, one.folded[1:])
        one.steps.extend((pair, knowledge.rarity(pair) or _COMMON) for pair in pairs)
    best = run = 0.0
    for pair, rarity in one.steps:
        if pair in common:
            run += rarity
        elif run:
            best = max(best, run)
            run = 0.0
    return max(best, run)
