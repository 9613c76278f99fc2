"""Pages, style sheets and scripts travel packed: a first page is a quarter of what it would be, and lines are slow.

Files are packed once a process and kept; a page is packed as it leaves, quickly rather than tightly. What is packed
together with a secret can betray it by its length, if an attacker may ask again and again; the one secret a page holds
is the form's token, whose signature is another every second.
"""

import gzip
from functools import lru_cache

from flask import Request, Response

from web.routing import Application

_FILES = ("static", "icons")
_TEXTS = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})
_PAGE = "text/html"
# Below that a packed page fits into as many packets as an unpacked one.
_LEAST_BYTES = 1_400
_QUICK, _TIGHT = 4, 9


def init(app: Application) -> None:
    """Pack what a browser takes packed."""

    @app.on_answer
    def _pack(asked: Request, response: Response) -> Response:
        is_file = asked.endpoint in _FILES and response.mimetype in _TEXTS
        if not is_file and (response.mimetype != _PAGE or response.is_streamed):
            return response
        response.headers.add("Vary", "Accept-Encoding")
        plain_is_wanted = not asked.accept_encodings["gzip"] or asked.method == "HEAD"
        if plain_is_wanted or response.status_code == 206 or "Content-Encoding" in response.headers:
            return response
        response.direct_passthrough = False
        body = response.get_data()
        if len(body) < _LEAST_BYTES:
            return response
        response.set_data(_packed_file(body) if is_file else gzip.compress(body, _QUICK, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        return _same_in_meaning(response)


def _same_in_meaning(response: Response) -> Response:
    """Return it with a mark that says: not byte for byte, but the same."""
    mark, _weak = response.get_etag()
    if mark is not None:
        response.set_etag(mark, weak=True)
    return response


@lru_cache(maxsize=128)
def _packed_file(body: bytes) -> bytes:
    return gzip.compress(body, _TIGHT, mtime=0)
