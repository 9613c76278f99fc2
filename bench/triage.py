"""How right the model of triage is about raw messages that it has not seen, and how hard these messages are.

`python -m bench.triage --words FILE --raw FILE` on two labelled files (columns as `casework triage train` reads them):
messages as segmented words, and raw ones. Rows of words that repeat a raw message are taken out of the training first,
else what is asked had been seen. The rows taken out are then asked themselves, and as many others by turns: the
difference tells how much harder the raw messages are than the file they stand beside, whatever the machine.
"""

import argparse
import random
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path

from tqdm import tqdm

from casework.triage import learning
from casework.triage.grams import told
from casework.triage.learning import Example
from casework.triage.measuring import Judged, Measured, measure
from casework.triage.model import LEAST, Model
from workflows.ledgers import labelled

# A row repeats a message in which nearly all pairs of characters of its words stand; shorter ones tell nothing.
_SAME, _LEAST_PAIRS = 0.85, 4
_DRAWS, _SEED = 3, 20


def main() -> int:
    """Learn, ask, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.triage")
    parser.add_argument("--words", type=Path, required=True, help="labelled messages as segmented words")
    parser.add_argument("--raw", type=Path, required=True, help="labelled messages as they were written")
    arguments = parser.parse_args()
    words, raw = _examples(arguments.words), _examples(arguments.raw)
    repeated = _repeated(words, raw)
    say = sys.stdout.write
    say(f"{len(words)} rows of words, {len(raw)} raw messages; {len(repeated)} rows repeat one of them\n")
    with tqdm(total=1 + _DRAWS, unit="model") as bar:
        unseen = _learnt(words, repeated)
        bar.update()
        others = []
        for kept in _draws(len(words), repeated):
            others.append(_asked(_learnt(words, kept), [words[n] for n in kept]).macro_f1)
            bar.update()
    figures = _asked(unseen, raw)
    say(f"raw messages, unseen: macro-F1 {figures.macro_f1:.3f}, calibration error {figures.ece:.3f}\n")
    for label, each in figures.per_class.items():
        say(f"  {label}: F1 {each['f1']:.3f} (n {each['n']:.0f})\n")
    same = _asked(unseen, [words[n] for n in repeated])
    say(f"the rows that repeat them, as words: macro-F1 {same.macro_f1:.3f}\n")
    told_each = ", ".join(f"{each:.3f}" for each in others)
    say(f"as many others, as words, kept back in turn: macro-F1 {statistics.fmean(others):.3f} ({told_each})\n")
    return 0


def _examples(file: Path) -> list[Example]:
    rows = labelled.read(file)
    return [Example(told(row.title, row.description), row.label) for row in rows if row.label]


def _repeated(words: Sequence[Example], raw: Sequence[Example]) -> list[int]:
    """Return the places of the rows of words that say what a raw message says."""
    standing: dict[str, list[int]] = defaultdict(list)
    for n, message in enumerate(raw):
        text = "".join(message.text.split())
        for pair in {text[at : at + 2] for at in range(len(text) - 1)}:
            standing[pair].append(n)
    found = []
    for place, row in enumerate(words):
        pairs = {word[at : at + 2] for word in row.text.split() for at in range(len(word) - 1)}
        shared = Counter(n for pair in pairs for n in standing.get(pair, ()))
        if len(pairs) >= _LEAST_PAIRS and shared and max(shared.values()) >= _SAME * len(pairs):
            found.append(place)
    return found


def _draws(rows: int, repeated: Collection[int]) -> list[list[int]]:
    """Return some hands of rows that repeat nothing, each as many as those that do."""
    chance, others = random.Random(_SEED), sorted(set(range(rows)) - set(repeated))
    return [chance.sample(others, len(repeated)) for _ in range(_DRAWS)]


def _learnt(words: Sequence[Example], kept: Collection[int]) -> Model:
    without = set(kept)
    return learning.learn([each for n, each in enumerate(words) if n not in without]).model


def _asked(model: Model, examples: Sequence[Example]) -> Measured:
    judged = []
    for each in examples:
        answers = model.answer(each.text, most=1, least=0.0)
        best = answers[0] if answers else None
        said = best.label if best is not None and best.share >= LEAST else None
        judged.append(Judged(each.label, said, best.share if best is not None else 0.0))
    return measure(judged)


if __name__ == "__main__":
    sys.exit(main())
