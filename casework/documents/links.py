"""Links from a document back to the office's own site, and to nowhere else."""

import re

_BASE = re.compile(r"(?:https?://[^\s/\\?#]+(?:/[^\s\\?#]*)?)?")


def absolute(base_url: str, href: str) -> str:
    """Return the address of a path of the model under `base_url`; without a base the path, without a path nothing.

    Raises:
        ValueError: `base_url` is not empty and no address of a site.
    """
    if not _BASE.fullmatch(base_url):
        raise ValueError(f"{base_url!r} is no address of a site")
    return base_url.rstrip("/") + href if href else ""
