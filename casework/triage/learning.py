"""Making a model from texts with their category: grams weighed by what they tell, a linear machine, shares that hold.

Imported by the command that trains and by nobody else: scikit-learn is large, and the web never needs it.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from scipy.special import log_softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from casework.core.errors import refused
from casework.triage.grams import weighed
from casework.triage.measuring import Judged, Measured, measure
from casework.triage.model import LEAST, Model

# A label with fewer examples is not learnt; below so many rows in all the keywords know more.
LEAST_EACH, LEAST_ROWS, LEAST_LABELS = 10, 60, 2
_FOLDS, _MOST_GRAMS, _SEEN_IN = 5, 60_000, 2
_PLIANCY = 1.0  # C of the machine; 0.5 to 4 differ by less than the luck of the draw
# What every gram is seen beforehand in every label, so that a rare one is not thought to tell much.
_BEFOREHAND = 0.3
# Rows of one file are more like each other (one matter, told by many) than what comes tomorrow is like them.
_CAUTION = 0.9
STEPS = _FOLDS + 2
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Example:
    """A text (as grams.told makes it) and the label it has; `marks`: what is known beside its words."""

    text: str
    label: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Learnt:
    """The model, how right it was about rows that had been kept from it, and labels with too few examples."""

    model: Model
    figures: Measured
    rows: int
    left_out: dict[str, int]


def learn(examples: Sequence[Example], *, on_step: Progress = lambda _: None, most_grams: int = _MOST_GRAMS) -> Learnt:
    """Learn from examples; the same examples give the same model.

    Raises:
        Refused: too few rows or labels to learn anything.
    """
    counted = Counter(each.label for each in examples)
    left_out = {label: n for label, n in counted.items() if n < LEAST_EACH}
    kept = [each for each in examples if each.label not in left_out]
    labels = sorted({each.label for each in kept})
    if len(kept) < LEAST_ROWS or len(labels) < LEAST_LABELS:
        raise refused("too_few_to_learn", rows=len(kept), least=LEAST_ROWS, labels=len(labels), each=LEAST_EACH)
    truth = np.array([labels.index(each.label) for each in kept])
    vectorizer = _vectorizer(most_grams)
    known = vectorizer.fit_transform([(each.text, each.marks) for each in kept])
    on_step(1)
    scores = _scores_of_kept_back(known, truth, on_step=on_step)
    sharpness = _sharpness(scores, truth)
    telling = _telling(known, truth)
    machine = _machine().fit(_stressed(known, telling), truth)
    on_step(STEPS)
    weights, bias = _of_each_label(machine, len(labels))
    model = Model(
        labels=labels,
        places={gram: int(n) for gram, n in sorted(vectorizer.vocabulary_.items(), key=lambda item: item[1])},
        idf=array("f", (vectorizer.idf_ * telling).astype(np.float32).tobytes()),
        weights=array("f", weights.T.astype(np.float32).tobytes()),
        bias=[float(each) for each in bias],
        sharpness=sharpness,
    )
    return Learnt(model, _figures(scores, sharpness, truth, labels), len(kept), left_out)


def _vectorizer(most_grams: int = _MOST_GRAMS) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer=lambda told: list(weighed(*told).elements()),
        sublinear_tf=True,
        min_df=_SEEN_IN,
        max_features=most_grams,
    )


def _machine() -> LinearSVC:
    return LinearSVC(C=_PLIANCY, class_weight="balanced", random_state=0)


def _telling(known: csr_matrix, truth: np.ndarray) -> np.ndarray:
    """Return how much each gram tells labels apart: the root of how far its log odds for each label lie asunder."""
    labels = range(int(truth.max()) + 1)
    seen = _BEFOREHAND + np.vstack([np.asarray(known[truth == label].sum(axis=0)).ravel() for label in labels])
    # What is seen in all the other labels has been seen beforehand in one of them.
    others = seen.sum(axis=0) - seen - (len(labels) - 2) * _BEFOREHAND
    odds = np.log(seen / seen.sum(axis=1, keepdims=True)) - np.log(others / others.sum(axis=1, keepdims=True))
    told_apart: np.ndarray = np.sqrt(odds.std(axis=0))
    return told_apart


def _stressed(known: csr_matrix, telling: np.ndarray) -> csr_matrix:
    """Return the rows with their grams weighed by what they tell, of length 1 again."""
    return normalize(known.multiply(telling).tocsr(), copy=False)


def _scores_of_kept_back(known: csr_matrix, truth: np.ndarray, *, on_step: Progress) -> np.ndarray:
    """Score each row by a machine that has not seen it."""
    scores = np.zeros((len(truth), int(truth.max()) + 1))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    for n, (seen, unseen) in enumerate(folds.split(known, truth)):
        telling = _telling(known[seen], truth[seen])
        machine = _machine().fit(_stressed(known[seen], telling), truth[seen])
        scores[unseen] = _both(machine.decision_function(_stressed(known[unseen], telling)))
        on_step(2 + n)
    return scores


def _both(scores: np.ndarray) -> np.ndarray:
    """Give each of two labels a column; the machine scores only the second of them."""
    return scores if scores.ndim == 2 else np.column_stack([-scores, scores])


def _of_each_label(machine: LinearSVC, labels: int) -> tuple[np.ndarray, np.ndarray]:
    if labels > 2:
        return machine.coef_, machine.intercept_
    return np.vstack([-machine.coef_, machine.coef_]), np.array([-machine.intercept_[0], machine.intercept_[0]])


def _sharpness(scores: np.ndarray, truth: np.ndarray) -> float:
    """Find how sharply scores become shares, so that of the answers with share p about p are right."""

    def loss(log_sharpness: float) -> float:
        return float(-log_softmax(np.exp(log_sharpness) * scores, axis=1)[np.arange(len(truth)), truth].mean())

    return _CAUTION * float(np.exp(minimize_scalar(loss, bounds=(-2.0, 4.0), method="bounded").x))


def _figures(scores: np.ndarray, sharpness: float, truth: np.ndarray, labels: Sequence[str]) -> Measured:
    shares = np.exp(log_softmax(sharpness * scores, axis=1))
    judged = []
    for row, true in zip(shares, truth, strict=True):
        best = int(row.argmax())
        judged.append(Judged(labels[true], labels[best] if row[best] >= LEAST else None, float(row[best])))
    return measure(judged)
