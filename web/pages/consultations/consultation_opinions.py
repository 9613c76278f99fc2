"""What those who were asked say of a consultation, in words: how many so far, and for whoever sums it up."""

from collections.abc import Mapping
from typing import Any

from flask import url_for

from casework.consultations import codes, ratings
from casework.consultations.tables import Consultation
from web import unit
from web.locales import words


def so_far(counts: Mapping[str, int]) -> str:
    """Say how many answered, and what."""
    told = {code: counts.get(code, 0) for code in codes.SATISFACTIONS}
    return words("meetings.opinions_so_far", n=sum(counts.values()), **told)


def note(row: Consultation) -> dict[str, Any]:
    """Return what people said so far, beside the form that asks the office how content they are."""
    counts = ratings.counted(ratings.of_consultation(unit.session(), row.id))
    told = words("meetings.opinions_say", told=so_far(counts)) if counts else words("meetings.opinions_none")
    link = {"text": words("meetings.after"), "url": url_for("consultation_after.show", meeting=row.number)}
    return {"tone": "grey", "strong": told, "text": "", "link": link}
