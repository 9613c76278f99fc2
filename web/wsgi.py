"""The application as a WSGI server wants it: `gunicorn --preload web.wsgi:app`. Opens the office the environment names.

Loaded before the workers are forked (`--preload`), they share the memory of the program. A worker never talks on a
connection that its parent opened.
"""

import gc
import os

from casework.core import allocator, garbage, logs
from casework.core.office import open_office
from web.app import create_app
from web.warming import warm

allocator.give_back_large_blocks()
_office = open_office()
os.register_at_fork(after_in_child=lambda: _office.db.engine.dispose(close=False))
logs.configure(format=_office.settings.log_format)
app = create_app(_office)
warm(app)
_office.db.engine.dispose()
# What is loaded now lives as long as the process; not looked at again, it stays shared.
gc.collect()
garbage.settle()
