"""The fields that named effects cannot do without: each has to stand in a transition that names the effect.

A test reads the effects themselves and compares. What an effect takes only when it was given is not listed here.
"""

from collections.abc import Mapping

# Effect: field, and its type where the effect asks more of it than words.
NEEDED: Mapping[str, Mapping[str, str | None]] = {
    "set_units": {"org": "org"},
    "merge_into": {"into": "case"},
    "keep_ruling": {"org": "org", "ruling": None},
    "keep_plan": {"plan": None},
    "note_suspension": {"until": "date"},
    "keep_result": {"reply": None, "result_class": "choice"},
    "keep_follow_up": {"followed_up": "choice"},
    "keep_appeal": {"reason": None},
    "set_level": {"level": None},
    "keep_progress": {"words": None},
    "keep_extension_request": {"until": "date"},
    "keep_unit_result": {"result_class": "choice", "result": None},
    "keep_evidence": {"evidence": None},
    "keep_review_day": {"review_on": "date"},
    "keep_scores": {"scores": "scores"},
    "keep_authority": {"authority": "choice"},
    "keep_attendance": {"attended": "attended"},
    "keep_minutes": {"minutes": None, "consensus": "consensus"},
    "keep_evaluation": {"satisfaction": "choice", "realised": "realised"},
}
