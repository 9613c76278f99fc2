"""Reading in the program without looking for garbage, and finding it again afterwards."""

import subprocess
import sys

PROGRAM = """
import gc, weakref
from casework.core.memory import garbage
class Ring: pass
def ring():
    made = Ring(); made.itself = made
    return weakref.ref(made)
with garbage.reading_in():
    assert not gc.isenabled()
assert gc.isenabled() and gc.get_freeze_count() > 1000
gone = ring()
gc.collect()
assert gone() is None
left = [Ring() for _ in range(garbage._YOUNG)]
gone = ring()
left += [Ring() for _ in range(garbage._YOUNG)]
assert gone() is None, "nobody looks any more"
"""


def test_what_is_read_in_is_left_alone_and_garbage_of_later_is_found() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
