"""What a reading was refused with, and that the office is told so in both languages."""

from collections.abc import Callable

import pytest

from casework.core.errors import FieldError, Invalid
from casework.core.i18n import LOCALES, say


def refused(read: Callable[[], object]) -> FieldError:
    """Return the one mistake `read` is refused with, after seeing that its sentence is complete."""
    with pytest.raises(Invalid) as caught:
        read()
    (error,) = caught.value.errors
    told(error)
    return error


def told(error: FieldError) -> None:
    """See that the catalogue has a whole sentence for `error` in every language."""
    for locale in LOCALES:
        sentence = say(f"field.{error.code}", locale=locale, **error.params)
        assert "{" not in sentence, f"{error.code} leaves a parameter open in {locale}"
        sentence.encode()
