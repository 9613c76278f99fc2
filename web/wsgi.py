"""The application as a WSGI server wants it: `gunicorn web.wsgi:app`. Opens the office as the environment says."""

from casework.core.office import open_office
from web.app import create_app

app = create_app(open_office())
