"""Money as whole fen: reading it from the API, writing it for the API (yuan) and for pages (万元).

No float is kept or reckoned with. Not here: stages of funds, sums, the 余 of bulletins.
"""

import re

from casework.core.errors import invalid

LARGEST_FEN = 10**14
FEN_PER_YUAN = 100
FEN_PER_WAN = 10_000 * FEN_PER_YUAN

_HUNDREDTH_WAN = FEN_PER_WAN // 100
_MINUS = "\u2212"
_YUAN = re.compile(r"([0-9]{1,30})(?:\.([0-9]{1,2}))?")


def parse_yuan(value: object, *, field: str) -> int:
    """Read an amount as the API writes it, `"120000.00"`: yuan, ASCII digits, at most two decimals. Returns fen.

    Raises:
        Invalid: `money_form` for what is no text, `money_digits` for other text, or `money_range` above 10¹⁴ fen
            (reliability.md §5.1).
    """
    if not isinstance(value, str):
        raise invalid(field, "money_form")
    found = _YUAN.fullmatch(value)
    if found is None:
        raise invalid(field, "money_digits")
    fen = int(found[1] + (found[2] or "").ljust(2, "0"))
    if fen > LARGEST_FEN:
        raise invalid(field, "money_range", max=yuan(LARGEST_FEN))
    return fen


def yuan(fen: int) -> str:
    """Write fen as the API does: `"120000.00"`, below nought with `-`."""
    whole, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"


def wan(fen: int) -> str:
    """Write fen in 万元 for people: `3,062.40`, two decimals, half up, below nought with the sign U+2212."""
    whole, rest = divmod((abs(fen) + _HUNDREDTH_WAN // 2) // _HUNDREDTH_WAN, 100)
    return f"{_MINUS if fen < 0 and (whole or rest) else ''}{whole:,}.{rest:02d}"
