"""What has no place of its own belongs to the county (contract.md, CASEWORK_REGION)."""

from collections.abc import Mapping
from typing import Any

from casework.campaign.forms import Form
from casework.campaign.record_rights import rights_of
from casework.permissions import Subject, permits
from web import identity, unit


def placed(form: Form, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was sent, with the county where its kind may do without a place; not for whoever may not write there,
    who is asked for a place.
    """
    told = dict(raw)
    if told.get("region_code") in (None, "") and form.county_wide(told):
        county = unit.office().settings.region
        if permits(identity.actor(), rights_of(form.table).enter, Subject(county)):
            told["region_code"] = county
    return told
