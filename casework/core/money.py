"""Money as whole fen: reading it from outside, writing it for the API (yuan) and for pages (万元).

No float is kept or reckoned with. Not here: stages of funds, sums, the 余 of bulletins.
"""

import re
from decimal import Decimal

from casework.core.errors import invalid
from casework.core.texts import ascii_code

LARGEST_FEN = 10**14
FEN_PER_YUAN = 100
FEN_PER_WAN = 10_000 * FEN_PER_YUAN

_HUNDREDTH_WAN = FEN_PER_WAN // 100
_MINUS = "\u2212"
_YEN_SIGNS = ("\u00a5", "\uffe5")
_YUAN_UNITS = ("元",)
_WAN_UNITS = ("万元", "万")

_YUAN = re.compile(r"([0-9]{1,30})(?:\.([0-9]{1,2}))?")
_LEDGER = re.compile(r"([0-9]{1,30}|[0-9]{1,3}(?:,[0-9]{3}){1,9})(?:\.([0-9]{1,30}))?")
_ABSURD = 10**30


def parse_yuan(value: object, *, field: str) -> int:
    """Read an amount as the API writes it, `"120000.00"`: yuan, ASCII digits, at most two decimals. Returns fen.

    Raises:
        Invalid: `money_form`, or `money_range` above 10¹⁴ fen (reliability.md §5.1).
    """
    if not (isinstance(value, str) and (found := _YUAN.fullmatch(value))):
        raise invalid(field, "money_form")
    return _fen(found, decimals=2, field=field)


def parse_yuan_loose(value: object, *, field: str) -> int:
    """Read an amount in yuan as a ledger holds it, also with thousands commas, ¥, 元, full-width digits. Returns fen.

    A number of a spreadsheet cell is taken too.

    Raises:
        Invalid: `money_form_loose`, `money_fen` (a part of a fen) or `money_range`.
    """
    return _ledger_amount(value, units=_YUAN_UNITS, decimals=2, field=field)


def wan_to_fen(value: object, *, field: str) -> int:
    """Read an amount in 万元 as a ledger holds it, exact to the fen (six decimals). Returns fen.

    Raises:
        Invalid: `money_form_loose`, `money_fen` (a part of a fen) or `money_range`.
    """
    return _ledger_amount(value, units=_WAN_UNITS, decimals=6, field=field)


def yuan(fen: int) -> str:
    """Write fen as the API does: `"120000.00"`, below nought with `-`."""
    whole, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"


def wan(fen: int) -> str:
    """Write fen in 万元 for people: `3,062.40`, two decimals, half up, below nought with the sign U+2212."""
    whole, rest = divmod((abs(fen) + _HUNDREDTH_WAN // 2) // _HUNDREDTH_WAN, 100)
    return f"{_MINUS if fen < 0 and (whole or rest) else ''}{whole:,}.{rest:02d}"


def _ledger_amount(value: object, *, units: tuple[str, ...], decimals: int, field: str) -> int:
    text = _without_signs(value, units=units) if isinstance(value, str) else _cell_number(value)
    if text is None or not (found := _LEDGER.fullmatch(text)):
        raise invalid(field, "money_form_loose")
    if len((found[2] or "").rstrip("0")) > decimals:
        raise invalid(field, "money_fen")
    return _fen(found, decimals=decimals, field=field)


def _without_signs(text: str, *, units: tuple[str, ...]) -> str:
    text = ascii_code(text).strip()
    for sign in _YEN_SIGNS:
        text = text.removeprefix(sign)
    for unit in units:
        text = text.removesuffix(unit)
    return text.strip()


def _cell_number(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _ABSURD:
        return None
    # A spreadsheet stores binary fractions but means the 15 digits it shows: 0.30000000000000004 is 0.3 there.
    return str(value) if isinstance(value, int) else format(Decimal(format(value, ".15g")), "f")


def _fen(found: re.Match[str], *, decimals: int, field: str) -> int:
    fraction = (found[2] or "")[:decimals].ljust(decimals, "0")
    fen = int(found[1].replace(",", "") + fraction)
    if fen > LARGEST_FEN:
        raise invalid(field, "money_range", max=yuan(LARGEST_FEN))
    return fen
