"""The preview application: one address a page, the same strict content security policy as the product."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, cast

from flask import Flask, Response, abort, jsonify, render_template, request
from flask_babel import Babel
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wsgi import FileWrapper

WEB = Path(__file__).parents[3] / "web"
STRICT = "default-src 'self'; img-src 'self' data:; style-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

UNITS = (
    ("SLJ", "县水利局", "slj"),
    ("CZJ", "县财政局", "czj"),
    ("JTJ", "县交通运输局", "jtysj"),
    ("ZYZ", "竹园镇人民政府", "zyz"),
    ("QZZ", "乔庄镇人民政府", "qzz"),
    ("NYJ", "县农业农村局", "nyncj"),
)


@dataclass(frozen=True)
class Page:
    """One page as it is shown: template, context, and whether it is a sheet of paper."""

    name: str
    template: str
    context: dict[str, Any]
    paper: bool = False
    status: int = 200


def build_app(pages: dict[str, Page]) -> Flask:
    """Make the preview application over `pages`. What it was asked is kept in config: DRAFTS and VISITS."""
    app = Flask("previews", template_folder=str(WEB / "templates"), static_folder=str(WEB / "static"))
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(WEB / "translations")
    app.config["BABEL_DEFAULT_LOCALE"] = "zh"
    # A browser keeps scripts and styles from page to page, as those of the product.
    app.config.update(DRAFTS=[], VISITS=[], SEND_FILE_MAX_AGE_DEFAULT=3600)
    Babel(app, locale_selector=lambda: request.args.get("lang", "zh"))
    app.jinja_env.globals["csrf_token"] = lambda: "preview"
    app.jinja_env.globals["icons_url"] = "/static/vendor/icons.svg"
    app.after_request(_read_whole)
    _add_pages(app, pages)
    _add_fragments(app, pages)
    _add_answers(app, pages)
    return app


def _add_pages(app: Flask, pages: dict[str, Page]) -> None:
    @app.get("/p/<path:name>")
    def show(name: str) -> Response:
        if name not in pages:
            abort(404)
        page = pages[name]
        answer = Response(render_template(page.template, **in_language(page.context, request.args.get("lang", "zh"))))
        answer.headers["Content-Security-Policy"] = STRICT
        return answer

    @app.route("/<path:anything>", methods=["GET", "POST"])
    def elsewhere(anything: str) -> Response:
        app.config["VISITS"].append(f"{request.method} /{anything}")
        return Response("<!doctype html><html lang=zh><title>elsewhere</title>", mimetype="text/html")


def _add_fragments(app: Flask, pages: dict[str, Page]) -> None:
    @app.get("/triage/<ident>")
    def open_item(ident: str) -> str:
        context = pages["triage"].context
        rows = [row | {"current": row["id"] == ident} for row in context["desk"]["rows"]]
        case = context["case"] | {"title": next(row["title"] for row in rows if row["current"])}
        template = "triage/_item.html" if "HX-Request" in request.headers else "triage.html"
        return render_template(template, **context | {"desk": context["desk"] | {"rows": rows}, "case": case})

    @app.post("/m/resume")
    def resume() -> str:
        context = pages["case"].context
        toast = {"text": "已恢复计时", "undo_url": "/undo", "seconds": 8}
        return render_template("cases/_moved.html", **context | {"frame": context["frame"] | {"toast": toast}})

    @app.post("/batches/say")
    def count() -> str:
        app.config["VISITS"].append("POST /batches/say")
        context = pages["list-plain"].context
        said = {"count": len(request.form.getlist("id")), "strong": "能交办", "text": ""}
        batch = context["list"]["batch"] | {"say": said}
        return render_template("cases/_batch_say.html", **context | {"list": context["list"] | {"batch": batch}})

    @app.post("/cases/<ident>/assign")
    def assign(ident: str) -> str:
        app.config["VISITS"].append(f"POST /cases/{ident}/assign")
        return open_item("313")

    @app.route("/refused", methods=["POST"])
    def refused() -> tuple[str, int]:
        return render_template("errors/409.html", **pages["error-409-state"].context), 409

    @app.get("/broken")
    def broken() -> Response:
        return Response("", 500)


def _add_answers(app: Flask, pages: dict[str, Page]) -> None:
    @app.get("/options")
    def options() -> Response:
        asked = request.args.get("q", "")
        found = [u for u in UNITS if asked in u[1] or u[2].startswith(asked.lower()) or u[0] == asked]
        return jsonify(options=[{"value": c, "label": n, "hint": p} for c, n, p in found])

    @app.post("/draft")
    def draft() -> Response:
        app.config["DRAFTS"].append(request.form.to_dict())
        return jsonify(saved_at="09:40")

    @app.route("/reveal", methods=["GET", "POST"])
    def reveal() -> Response:
        if request.method == "GET":
            return Response(render_template("cases/_reveal.html", **pages["reveal"].context))
        return jsonify(value="13800005521", left=16)


def _read_whole(answer: Response) -> Response:
    """Read a file into the answer and close it.

    Werkzeug's server reads what is left of a request before it closes the answer; when the browser has gone to another
    page by then, that reading fails, the answer is never closed, and a file in it stays open until it is collected.
    """
    if answer.direct_passthrough:
        file = cast(FileWrapper, answer.response)
        answer.direct_passthrough = False
        answer.set_data(b"".join(file))
        file.close()
    return answer


def in_language(context: dict[str, Any], lang: str) -> dict[str, Any]:
    """Return the context with the language of its frame set to `lang`."""
    changed = dict(context)
    for key in ("frame", "bare"):
        if key in changed:
            changed[key] = {
                **changed[key],
                "lang": {"code": lang, "other_url": "?lang=en" if lang == "zh" else "?lang=zh"},
            }
    return changed


class _Quiet(WSGIRequestHandler):
    """A request handler that keeps no log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def open_stage(app: Flask) -> Iterator[str]:
    """Serve `app` on a free port of this machine; yield its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
