"""The application as a WSGI server wants it: `gunicorn web.wsgi:app`. Opens the office as the environment says."""

from casework.core import logs
from casework.core.office import open_office
from web.app import create_app

_office = open_office()
logs.configure(format=_office.settings.log_format)
app = create_app(_office)
