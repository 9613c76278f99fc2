"""The questions and checklists of categories, as data; answers are checked for shape, never demanded."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from casework.core import texts
from casework.core.errors import FieldError, Invalid
from workflows.definition import Label
from workflows.registry import LIBRARY

ANSWER_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a category."""

    name: str
    type: str
    label: Label


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a category asks, and what is looked at before resolving."""

    questions: tuple[Question, ...] = ()
    checklist: Mapping[str, tuple[str, ...]] | None = None


@cache
def _sheets() -> Mapping[str, Sheet]:
    data = tomllib.loads((LIBRARY / "questions.v1.toml").read_text("utf-8"))
    return {
        code: Sheet(
            tuple(Question(q["name"], q["type"], q["label"]) for q in row["question"]),
            {language: tuple(texts_) for language, texts_ in row.get("checklist", {}).items()} or None,
        )
        for row in data["category"]
        for code in row["codes"]
    }


def sheet_of(category: str) -> Sheet:
    """Return what a category asks; nothing for one without a sheet."""
    return _sheets().get(category, Sheet())


def check_answers(category: str, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the answers, checked for shape; unanswered questions are fine.

    Raises:
        Invalid: an answer to no question of this category, or of the wrong type.
    """
    questions = {question.name: question for question in sheet_of(category).questions}
    errors: list[FieldError] = []
    kept: dict[str, Any] = {}
    for name, value in answers.items():
        field = f"answers.{name}"
        question = questions.get(name)
        if question is None:
            errors.append(FieldError(field, "unknown_field"))
            continue
        try:
            if value is not None and value != "":
                kept[name] = _READERS[question.type](value, field)
        except Invalid as mistake:
            errors += mistake.errors
    if errors:
        raise Invalid(errors)
    return kept


def _flag(value: object, field: str) -> bool:
    if not isinstance(value, bool):
        raise Invalid([FieldError(field, "not_a_flag")])
    return value


_READERS: Mapping[str, Any] = {
    "text": lambda value, field: texts.clean_text(value, field=field, max_length=ANSWER_LENGTH),
    "number": lambda value, field: texts.parse_int(value, field=field),
    "date": lambda value, field: texts.parse_date(value, field=field).isoformat(),
    "flag": _flag,
}
