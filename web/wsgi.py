"""The application as a WSGI server wants it: `gunicorn --preload web.wsgi:app`. Opens the office the environment names.

Loaded before the workers are forked (`--preload`), they share the memory of the program. A worker never talks on a
connection that its parent opened.
"""

import gc
import os

from casework.core import garbage, logs
from casework.core.office import open_office
from web.app import create_app

_office = open_office()
os.register_at_fork(after_in_child=lambda: _office.db.engine.dispose(close=False))
logs.configure(format=_office.settings.log_format)
app = create_app(_office)
# Compiled before the fork they are shared as well, and nobody's first page waits for it.
for _name in app.jinja_env.list_templates(extensions=["html"]):
    app.jinja_env.get_template(_name)
# What is loaded now lives as long as the process; not looked at again, it stays shared.
gc.collect()
garbage.settle()
