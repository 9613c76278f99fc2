"""When two document numbers are the same paper: however the brackets of the year, blanks, widths and 号 were typed."""

import re
import unicodedata
from functools import lru_cache

# The year in any brackets, as they stand after NFKC; a 第 and noughts before the running number (domain.md §4.1).
_YEAR = re.compile(r"[\[({<\u3014\u3010\u3016\u3008\u300a]([12][0-9]{3})[\])}>\u3015\u3011\u3017\u3009\u300b]\u7b2c?0*")
_NUMBER_SIGN = re.compile(r"\u53f7$")


@lru_cache(maxsize=4096)
def document_key(text: str) -> str:
    """Return what a document number is compared by; it is kept as it was written."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).casefold()
    return _NUMBER_SIGN.sub("", _YEAR.sub(r"(\1)", plain))
