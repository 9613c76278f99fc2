"""Where the bars of a chart stand, in percent of its box: drawn with the page, so it needs no script and no library.

What a chart says is little, a few quarters with three bars each; a library for it weighed three times the page.
"""

from collections.abc import Mapping, Sequence
from typing import Any

# The box from top to bottom: room for a number over the highest bar, the bars, the names below.
_TOP, _FOOT = 9.0, 88.0
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_LINES = 4
_GAP = 0.34
_WIDEST = 4.5
# Of so many quarters each has its name; of more every second or third, or the names would meet.
_NAMED = 6
# Of so many each strong bar carries its number.
_NUMBERED = 8
# The strong one, which alone carries its numbers.
_STRONG = 1
# A bar beside it that is so much higher, in percent of the box, would cut its number, which then stands above both.
_NEAR = 12.0


def drawn(labels: Sequence[str], series: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return lines, names and bars of a chart. `series`: {name, points, urls}, a point and a url for each label."""
    highest = max((point for one in series for point in one["points"]), default=0)
    step = _step(highest / _LINES)
    lines = [n * step for n in range(int(highest / step - 1e-9) + 2)]
    top = lines[-1]
    room = 100 / max(len(labels), 1)
    wide = min(room * (1 - _GAP) / max(len(series), 1), _WIDEST)
    bars = []
    for place, one in enumerate(series):
        for nth, point in enumerate(one["points"]):
            middle = (nth + 0.5) * room
            high = _high(point, top)
            bars.append(
                {
                    "k": place + 1,
                    "x": _percent(middle + (place - len(series) / 2) * wide),
                    "y": _percent(_FOOT - high),
                    "w": _percent(wide * 0.94),
                    "h": _percent(high),
                    "number_y": _percent(
                        _FOOT - _number_at(high, [_high(each["points"][nth], top) for each in series])
                    ),
                    "middle": _percent(middle + (place - len(series) / 2 + 0.47) * wide),
                    "label": labels[nth],
                    "name": one["name"],
                    "number": _number(point),
                    "shown": place == _STRONG and point > 0 and len(labels) <= _NUMBERED,
                    "url": one["urls"][nth],
                }
            )
    every = -(-len(labels) // _NAMED)
    return {
        "lines": [{"y": _percent(_FOOT - (_FOOT - _TOP) * at / top), "text": _number(at)} for at in lines],
        "names": [
            {"x": _percent((nth + 0.5) * room), "text": label} for nth, label in enumerate(labels) if nth % every == 0
        ],
        "bars": bars,
    }


def _high(point: float, top: float) -> float:
    return (_FOOT - _TOP) * point / top


def _number_at(own: float, beside: Sequence[float]) -> float:
    """Return how high a number stands over its bar: above what beside it is little higher, and would cut it."""
    return max(each for each in (own, *beside) if each - own <= _NEAR)


def _step(least: float) -> float:
    """Return the next round number: one, two, two and a half or five times a power of ten, whole from one on."""
    power = 1.0
    while power * 10 <= least:
        power *= 10
    return next(n * power for n in _STEPS if n * power >= least and (n * power).is_integer())


def _percent(share: float) -> str:
    return f"{share:.2f}%"


def _number(n: float) -> str:
    return f"{n:,.2f}".rstrip("0").rstrip(".")
