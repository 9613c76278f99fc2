"""How long a test waits for what must come: on a crowded machine as much longer as each has less of it.

Only for waits that end as soon as what is waited for is there. What the product promises within a time stays as it is.
"""

import os


def patience(seconds: float) -> float:
    """Return these seconds of a quiet machine as seconds of this one, as crowded as it was over the last minute."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
