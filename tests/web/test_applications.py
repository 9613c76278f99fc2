"""Offices that differ in nothing but where they live share one application; making it anew took half of a web test."""

from pathlib import Path

from casework.core.database import Database
from casework.core.encryption import Keyring
from casework.core.office import Office
from casework.core.settings import read_settings
from tests.web.applications import application


def test_offices_in_two_homes_share_routes_and_templates(tmp_path: Path) -> None:
    homes = [tmp_path / name for name in ("one", "other")]
    made = []
    for home in homes:
        settings = read_settings({"CASEWORK_HOME": str(home)})
        made.append(application(Office(settings, Keyring.open(home), Database(settings.database_url))))
    one, other = made
    assert one.view_functions is other.view_functions and one.jinja_env is other.jinja_env
    assert one.extensions["casework"] is not other.extensions["casework"]
