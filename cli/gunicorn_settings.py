"""How gunicorn serves the application; words of the command line come before these.

Behind a proxy that takes requests and answers in whole (nginx does): a slow client would hold a thread here. Whoever
asks gunicorn for fewer threads than `AT_ONCE + WAITING` lets requests wait where nobody counts them.
"""

import tempfile
from pathlib import Path

from casework.core.settings import read_settings

# Answered at once in each process, and those that wait for them; some threads more say no, and that they are alive.
AT_ONCE, WAITING, _SPARE = 4, 100, 4

_settings = read_settings()
bind = [f"[{_settings.host}]:{_settings.port}" if ":" in _settings.host else f"{_settings.host}:{_settings.port}"]
workers = 2
worker_class = "gthread"
threads = AT_ONCE + WAITING + _SPARE
preload_app = True
# A crowd is told so (web/crowding.py); only what comes faster than that waits before the door.
backlog = 256
keepalive = 60
graceful_timeout = 20
# Its sign of life is a file: on a disk that stands still it would be taken for dead.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir()
