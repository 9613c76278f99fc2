"""Numbers written out in words, as in 三千五百 or 壹拾万; what can be read in two ways is not read."""

from casework.exchange.habits import habits

_BEYOND = 10**13  # above every power and every myriad


def from_words(text: str) -> int | None:
    """Return the number that words say; None when they say none, or several may be meant (三百五, 二〇二二)."""
    words = habits().numerals
    total = section = 0
    digit: int | None = None
    gap, last_power, last_myriad = False, _BEYOND, _BEYOND
    for character in text:
        if character in words.digits:
            if digit is not None:
                return None
            digit = words.digits[character]
            if digit == 0 and len(text) > 1:
                gap, digit = True, None
        elif character in words.powers:
            power = words.powers[character]
            # 十二 is twelve; no other power goes without its digit.
            if power >= last_power or (digit is None and (power != min(words.powers.values()) or section)):
                return None
            section += (1 if digit is None else digit) * power
            digit, gap, last_power = None, False, power
        elif character in words.myriads:
            myriad = words.myriads[character]
            section += digit or 0
            if not section or myriad >= last_myriad:
                return None
            total += section * myriad
            section, digit, gap, last_power, last_myriad = 0, None, False, _BEYOND, myriad
        else:
            return None
    if digit is None:
        return total + section if total or section else None
    # A last digit behind 百 or 万 without 零 is a shortened 五十 or 五千 to some, a five to others.
    before = last_power if section else last_myriad
    ones = before in (_BEYOND, min(words.powers.values())) or gap
    return total + section + digit if ones else None
