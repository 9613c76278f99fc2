"""What every answer carries: no framing, no sniffing, no foreign code, no copies, cookies closed to others."""

import re
from typing import Any

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# What a browser shows by itself; everything else is to be saved.
SHOWN = re.compile(
    r"text/(html|css|javascript|plain|xml|calendar)|application/xml|application/(problem\+)?json|image/(jpeg|png|webp|svg\+xml)"
)


def closed(answer: Any, told: object, *, personal: bool) -> None:
    """Say that an answer carries all it must."""
    headers, policy = answer.headers, answer.headers["Content-Security-Policy"]
    # A server sends Latin letters only in front of a body; the test client, which sends nothing, would not notice.
    assert all(f"{name}: {value}".isascii() for name, value in headers.items()), told
    # What the public interface hands out is meant for pages of others too.
    public = "/open311/" in answer.request.path and answer.request.method == "GET"
    shared = {"Cross-Origin-Resource-Policy": "cross-origin"} if public else {}
    assert {name: headers.get(name) for name in ALWAYS} == ALWAYS | shared, told
    # What an answer says itself is not said once more for it.
    assert all(len(headers.getlist(name)) == 1 for name in ALWAYS), told
    assert "frame-ancestors 'none'" in policy or "sandbox" in policy, told
    for word in ("unsafe-eval", "script-src", "https:", "*"):
        assert word not in policy, told
    assert "'unsafe-inline'" not in policy.replace("style-src-attr 'unsafe-inline'", ""), told
    # Sheets and the drawings of icons are the same for everybody.
    if personal and answer.mimetype != "text/css" and not answer.request.path.startswith("/i/"):
        assert headers["Cache-Control"] == "no-store" and "Cookie" in headers["Vary"], told
    else:
        assert "public" not in headers.get("Cache-Control", ""), told
    if (answer.mimetype or "").startswith("text/"):
        assert "charset=utf-8" in headers["Content-Type"].lower(), told
    if answer.status_code == 200 and answer.mimetype and not SHOWN.fullmatch(answer.mimetype):
        assert headers.get("Content-Disposition", "").startswith("attachment"), told
    if headers.get("Content-Disposition", "").startswith("attachment"):
        assert policy == "default-src 'none'; sandbox", told
    for cookie in headers.getlist("Set-Cookie"):
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie, told
    assert answer.status_code < 500 or "/readyz" in str(told), (told, answer.text[-300:])
