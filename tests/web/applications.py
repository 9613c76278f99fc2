"""Applications for tests: made once a process and copied for each office; making one took a tenth of a web test.

A copy shares what is the same for every office: routes, views, compiled templates. Its own are the office, the
settings, and whatever an application remembers or counts while it serves.
"""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2 import Environment, FileSystemBytecodeCache
from werkzeug.test import TestResponse

from casework.core.office import Office
from casework.core.settings import Settings
from tests import server_keeper
from web.app import create_app
from web.health import Requests

_made: dict[Settings, Flask] = {}


class Client(FlaskClient):
    """Asks as everybody's does, and takes no answer that a server could not send: headers travel as Latin letters."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        """Ask, and look at the headers of the answer."""
        answer = super().open(*args, **options)
        for name, value in answer.headers:
            assert value.isascii(), f"{answer.request.path}: a server cannot send {name}: {value}"
        return answer


def application(office: Office) -> Flask:
    """Return an application of this office that nobody has asked anything."""
    if office.settings.proxies:
        # What stands before such an application holds on to it.
        return create_app(office)
    # What lies in the home by default is no difference either.
    alike = replace(office.settings, home=Path(), backups=Path(), database_url="", secret_key="")
    if alike not in _made:
        _made[alike] = create_app(office)
        # What Flask makes when it is first needed is made now, so that copies share it.
        environment = _made[alike].jinja_env
        assert isinstance(environment, Environment)
        # Every process of the session shares what any of them has compiled.
        environment.bytecode_cache = FileSystemBytecodeCache(str(_compiled()))
    made = copy.copy(_made[alike])
    made.test_client_class = Client
    made.config = copy.copy(made.config)
    made.config["SECRET_KEY"] = office.settings.secret_key
    made.extensions = made.extensions | {"casework": office, "casework_requests": Requests()}
    return made


def _compiled() -> Path:
    folder = server_keeper.session_folder() / "templates"
    folder.mkdir(exist_ok=True)
    return folder
