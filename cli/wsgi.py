"""The application as gunicorn wants it: `gunicorn -c python:cli.gunicorn_settings cli.wsgi:app`.

It opens the office the environment names. Loaded before the workers are forked, they share the memory of the program.
A worker never talks on a connection that its parent opened, and rings for `casework worker` from a thread of its own.
"""

import gc
import os

from casework.core import logs
from casework.core.memory import allocator, garbage
from casework.core.office import open_office
from cli.gunicorn_settings import AT_ONCE, WAITING
from web import crowding
from web.app import create_app
from web.warming import rehearse, rehearse_soon, warm

allocator.give_back_large_blocks()
_office = open_office()
os.register_at_fork(after_in_child=lambda: _office.db.engine.dispose(close=False))
logs.configure(format=_office.settings.log_format, syslog=_office.settings.syslog)
app = create_app(_office)
warm(app)
# Drawn up here, questions and all they touch lie in memory once; each worker would make its own of them (0118).
_is_rehearsed = rehearse(app)
crowding.bound(app, at_once=AT_ONCE, waiting=WAITING)
if not _office.settings.embedded:
    from tasks.remote_bell import BellOfForks

    _office.db.on_news(BellOfForks(_office.settings.redis_url).ring)
_office.close()
# Where the database was down each worker does it, and nothing that a worker forks later.
_loader = os.getpid()
if not _is_rehearsed:
    os.register_at_fork(after_in_child=lambda: rehearse_soon(app) if os.getppid() == _loader else None)
# What is loaded now lives as long as the process; not looked at again, it stays shared.
gc.collect()
garbage.settle()
