"""The way into a hand's process: it is read in without looking for garbage, which takes two thirds of the time."""

import sys

from casework.core.memory.garbage import reading_in

with reading_in():
    from workflows.ledgers.writing.hand import main

if __name__ == "__main__":
    sys.exit(main())
