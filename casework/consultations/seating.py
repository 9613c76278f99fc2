"""Who sits where at one long table: the convenor at its head, the others left and right of it in turn."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seating:
    """The name at the head of the table, and down its sides pairs of seats, each with its number; "" is nobody."""

    head: str
    pairs: Sequence[Sequence[tuple[int, str]]]


def seat(names: Sequence[str]) -> Seating:
    """Seat people in the order in which they are told, the first at the head."""
    head, others = names[:1], names[1:]
    sides = [list(others[0::2]), list(others[1::2])]
    pairs = [[side[n] if n < len(side) else "" for side in sides] for n in range(len(sides[0]))]
    numbered = [[(2 * n + 2 + k, name) for k, name in enumerate(pair)] for n, pair in enumerate(pairs)]
    return Seating(head[0] if head else "", numbered)
