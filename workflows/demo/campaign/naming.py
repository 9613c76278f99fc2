"""The slogans of the county's strategy, put on the projects and meetings they speak of."""

from datetime import date

from casework.activities.tables import Activity, Mention
from casework.projects.tables import Project
from casework.slogans.tables import Slogan, SloganMark
from workflows.demo.campaign.material import told
from workflows.demo.campaign.stage import Stage

_BEGAN = date(2022, 1, 4)
_SHARE = 0.5


def tell(stage: Stage) -> None:
    """Tell of each slogan, and of what bears it: projects, and the meetings held on site."""
    slogans = [
        stage.ledger.enter(
            Slogan,
            by=stage.cast.actors["an"],
            at=stage.afternoon(_BEGAN),
            region_code=stage.county,
            label=each["label"],
            explanation=each["explanation"],
            valid_from=_BEGAN,
        )
        for each in told("naming")["slogan"]
    ]
    bearers = [("project", row) for row in stage.ledger.rows(Project) if row["version"] == 1]
    bearers += [("activity", row) for row in stage.ledger.rows(Activity) if row["kind"] == "onsite_office"]
    for kind, row in bearers:
        if stage.chance.random() < _SHARE:
            slogan = stage.chance.choice(slogans)
            stage.ledger.enter(
                SloganMark,
                by=stage.clerk(),
                at=row["recorded_at"],
                slogan_id=slogan["id"],
                kind=kind,
                bearer_id=row["id"],
            )
    _name(stage)


def _name(stage: Stage) -> None:
    """Let each experience name the first project of the place it tells of, if there is one."""
    projects = [row for row in stage.ledger.rows(Project) if row["version"] == 1]
    for row in stage.ledger.rows(Activity):
        there = [each for each in projects if each["region_code"].startswith(row["region_code"])]
        if row["kind"] == "experience" and there:
            about = {"activity_id": row["id"], "kind": "project", "named_id": there[0]["id"]}
            stage.ledger.enter(Mention, by=stage.clerk(), at=row["recorded_at"], **about)
