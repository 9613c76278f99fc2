"""The demo county on one morning that never passes, served for a photographer.

    python -m scripts.frozen_office HOME PORT

The same seed and the same instant give the same county, so pictures differ only where the pages do.
"""

import sys
from datetime import UTC, datetime

import time_machine
import waitress

from casework.core.office import open_office
from casework.core.settings import read_settings
from casework.keeping.start import make_ready
from tasks.relay import relay
from web.app import create_app
from workflows.demo import loading

# A Wednesday that is a working day, twenty to ten in the office.
MORNING = datetime(2026, 10, 14, 1, 40, tzinfo=UTC)


def serve(home: str, port: int) -> None:
    """Let the county live up to the morning, deliver its messages, and answer until killed."""
    with time_machine.travel(MORNING, tick=False):
        office = open_office(read_settings({"CASEWORK_HOME": home, "CASEWORK_PORT": str(port)}), pool_size=16)
        make_ready(office, at=MORNING)
        loading.load(office, at=MORNING)
        relay(office.db, at=MORNING)
        waitress.serve(create_app(office), host="127.0.0.1", port=port, threads=4, _quiet=True)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
