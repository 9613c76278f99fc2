"""Words that no other case has, so that a search for two characters finds exactly one."""

import os
from itertools import islice, product

# Characters that stand in no story of the demo county.
_RARE = "龘靐齉爩龗麤驫羴猋骉犇鱻麣灪厵飍馫贔嚞畾淼焱垚"
# All tests of a session share one office: each worker draws from pairs of its own, none of them twice.
_WORKERS = 16
_mine = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
_pairs = islice(product(_RARE, repeat=2), _mine, None, _WORKERS)


def rare_pair() -> str:
    """Return two characters that stand side by side nowhere else."""
    return "".join(next(_pairs))
