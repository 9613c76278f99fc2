"""How right the model of triage is about raw messages that it has not seen, and how hard these messages are.

`python -m bench.triage --words FILE --raw FILE` on two labelled files (columns as `casework triage train` reads them):
messages as segmented words, and raw ones. Rows of words that repeat a raw message are taken out of the training first,
else what is asked had been seen; then only each message's own row; then none, and only messages that have no row are
asked, as acceptance does. The rows taken out are asked themselves, and as many others by turns: that tells how
much harder the raw messages are than the file they stand beside, whatever the machine. A plain machine is asked the
same each time: whoever knows what such a one gets on other messages knows which of these they are like.
"""

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC
from tqdm import tqdm

from casework.triage import learning
from casework.triage.grams import told
from casework.triage.learning import Example
from casework.triage.measuring import Judged, measure
from casework.triage.model import LEAST, Model
from workflows.ledgers import labelled

# A row repeats a message in which nearly all pairs of characters of its words stand; shorter ones tell nothing.
_SAME, _LEAST_PAIRS = 0.85, 4
# The message itself loses its stop words only; a row with fewer of its pairs is another one that stands in it.
_WHOLE = 0.2
_DRAWS, _SEED, _HANDS = 3, 20, 1_000


@dataclass(frozen=True, slots=True)
class Message:
    """A labelled message as the product learns and asks it, and what stands in it."""

    example: Example
    text: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What the product and a plain machine said to the same messages. A plain one promises nothing."""

    ours: list[Judged]
    plain: list[Judged]


@dataclass(frozen=True, slots=True)
class Machines:
    """The product's machine and a plain one, learnt from the same messages."""

    model: Model
    plain: Pipeline

    @classmethod
    def learnt(cls, messages: Sequence[Message]) -> "Machines":
        """Learn both. The plain one is characters and pairs, TF-IDF, a linear machine, each as it comes."""
        plain = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 2)), LinearSVC(random_state=0))
        labels = [each.example.label for each in messages]
        plain.fit([_unspaced(each.text) for each in messages], labels)
        return cls(learning.learn([each.example for each in messages]).model, plain)

    def asked(self, messages: Sequence[Message]) -> Answers:
        """Ask both."""
        if not messages:
            return Answers([], [])
        said = self.plain.predict([_unspaced(each.text) for each in messages])
        plain = [Judged(each.example.label, str(label), 1.0) for each, label in zip(messages, said, strict=True)]
        return Answers(_asked(self.model, [each.example for each in messages]), plain)


@dataclass(frozen=True, slots=True)
class Repeats:
    """Places of the rows of words that say what some raw message says; and for each message that has one, its own."""

    rows: list[int]
    own: dict[int, int]


def main() -> int:
    """Learn, ask, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.triage")
    parser.add_argument("--words", type=Path, required=True, help="labelled messages as segmented words")
    parser.add_argument("--raw", type=Path, required=True, help="labelled messages as they were written")
    arguments = parser.parse_args()
    words, raw = _read(arguments.words), _read(arguments.raw)
    repeats = repeats_of([each.text for each in words], [each.text for each in raw])
    say = sys.stdout.write
    say(f"{len(words)} rows of words, {len(raw)} raw messages; {len(repeats.rows)} rows repeat one of them\n")
    absent = [each for n, each in enumerate(raw) if n not in repeats.own]
    with tqdm(total=3 + _DRAWS, unit="model") as bar:

        def learnt(*, without: Collection[int]) -> Machines:
            kept = set(range(len(words))) - set(without)
            bar.update()
            return Machines.learnt([words[n] for n in sorted(kept)])

        unseen = learnt(without=repeats.rows)
        asked = unseen.asked(raw)
        same = unseen.asked([words[n] for n in repeats.rows])
        own = learnt(without=repeats.own.values()).asked(raw)
        whole = learnt(without=()).asked(absent)
        others = [learnt(without=kept).asked([words[n] for n in kept]) for kept in _draws(len(words), repeats.rows)]
    say(f"raw messages, every row that repeats one taken out: {_told(asked)}\n")
    for label, found in measure(asked.ours).per_class.items():
        say(f"  {label}: F1 {found['f1']:.3f} (n {found['n']:.0f})\n")
    say(f"raw messages, only the row of each taken out: {_told(own)}\n")
    say(f"raw messages with no row of their own, asked of the whole file: {_told(whole)}\n")
    say(f"the rows that repeat them, as words: {_told(same)}\n")
    for each in others:
        say(f"as many others, as words, kept back in turn: {_told(each)}\n")
    return 0


def _read(file: Path) -> list[Message]:
    return [
        Message(Example(told(row.title, row.description), row.label), f"{row.title}. {row.description}")
        for row in labelled.read(file)
    ]


def _unspaced(text: str) -> str:
    return "".join(text.split())


def repeats_of(words: Sequence[str], raw: Sequence[str]) -> Repeats:
    """Find which rows of words repeat a raw message, and which of them is the message itself."""
    standing: dict[str, list[int]] = defaultdict(list)
    sizes = []
    for n, message in enumerate(raw):
        text = "".join(message.split())
        pairs = {text[at : at + 2] for at in range(len(text) - 1)}
        sizes.append(len(pairs))
        for pair in pairs:
            standing[pair].append(n)
    rows: list[int] = []
    own: dict[int, tuple[int, int]] = {}
    for place, row in enumerate(words):
        pairs = {word[at : at + 2] for word in row.split() for at in range(len(word) - 1)}
        if len(pairs) < _LEAST_PAIRS:
            continue
        shared = Counter(n for pair in pairs for n in standing.get(pair, ()))
        repeated = [n for n, held in shared.items() if held >= _SAME * len(pairs)]
        if repeated:
            rows.append(place)
        for n in repeated:
            if len(pairs) >= _WHOLE * sizes[n]:
                own[n] = max(own.get(n, (0, 0)), (shared[n], -place))
    return Repeats(rows, {n: -place for n, (_, place) in own.items()})


def _draws(rows: int, repeated: Collection[int]) -> list[list[int]]:
    """Return some hands of rows that repeat nothing, each as many as those that do."""
    chance, others = random.Random(_SEED), sorted(set(range(rows)) - set(repeated))
    return [chance.sample(others, len(repeated)) for _ in range(_DRAWS)]


def _asked(model: Model, examples: Sequence[Example]) -> list[Judged]:
    judged = []
    for each in examples:
        answers = model.answer(each.text, most=1, least=0.0)
        best = answers[0] if answers else None
        said = best.label if best is not None and best.share >= LEAST else None
        judged.append(Judged(each.label, said, best.share if best is not None else 0.0))
    return judged


def _told(answers: Answers) -> str:
    figures, (low, high) = measure(answers.ours), interval(answers.ours)
    return (
        f"n {figures.n}, macro-F1 {figures.macro_f1:.3f} (95 % of draws {low:.3f} to {high:.3f}), "
        f"calibration error {figures.ece:.3f}; a plain machine: macro-F1 {measure(answers.plain).macro_f1:.3f}"
    )


def interval(judged: Sequence[Judged]) -> tuple[float, float]:
    """Return between what 95 % of the macro-F1 lie of as many drawn from these, some more than once."""
    chance = random.Random(_SEED)
    drawn = sorted(measure(chance.choices(judged, k=len(judged))).macro_f1 for _ in range(_HANDS if judged else 1))
    return drawn[int(0.025 * len(drawn))], drawn[int(0.975 * len(drawn))]


if __name__ == "__main__":
    sys.exit(main())
