"""The floor as an application: `gunicorn bench.floor.app:app`."""

import hashlib
import json
import os
import uuid
from datetime import UTC, datetime, timedelta

from flask import Flask, request
from jinja2 import Environment
from sqlalchemy import cast, create_engine, func, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session
from werkzeug.exceptions import Conflict, NotFound, Unauthorized

from bench.floor.tables import FloorAudit, FloorCase, FloorOutbox, FloorToken, bigrams

app = Flask(__name__)
engine = create_engine(os.environ["FLOOR_DATABASE_URL"], pool_size=5)
_page = Environment(autoescape=True).from_string(
    "<!doctype html><title>queue</title><table>{% for c in rows %}<tr><td>{{ c.title }}<td>{{ c.category }}"
    "<td>{{ c.state }}<td>{{ c.org }}<td>{{ c.due_at }}{% endfor %}</table>"
)


def _caller(session: Session) -> FloorToken:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    found = session.get(FloorToken, hashlib.sha256(token.encode()).hexdigest())
    if found is None:
        raise Unauthorized
    return found


@app.get("/healthz")
def healthz() -> str:
    return "ok"


@app.post("/cases")
def create() -> tuple[str, int]:
    body = json.loads(request.data)
    now = datetime.now(UTC)
    with Session(engine) as session:
        _caller(session)
        case = FloorCase(
            id=uuid.uuid4(),
            title=body["title"],
            description=body["description"],
            category=body["category"],
            state="reported",
            org="o1",
            version=1,
            reported_at=now,
            due_at=now + timedelta(days=7),
            tokens=func.array_to_tsvector(bigrams(body["title"] + body["description"])),
        )
        session.add(case)
        session.add(FloorAudit(case_id=case.id, at=now, what={"to": "reported"}))
        session.add(FloorOutbox(case_id=case.id, what={"event": "created"}))
        session.commit()
        return json.dumps({"id": str(case.id)}), 201


@app.post("/cases/<uuid:case_id>/transitions")
def move(case_id: uuid.UUID) -> str:
    body = json.loads(request.data)
    with Session(engine, expire_on_commit=False) as session:
        _caller(session)
        case = session.get(FloorCase, case_id, with_for_update=True)
        if case is None:
            raise NotFound
        if case.state != body["from"]:
            raise Conflict
        case.state, case.version = body["to"], case.version + 1
        session.add(FloorAudit(case_id=case.id, at=datetime.now(UTC), what=body))
        session.add(FloorOutbox(case_id=case.id, what={"event": "moved"}))
        session.commit()
        return json.dumps({"id": str(case.id), "state": case.state})


@app.get("/queue")
def queue() -> str:
    with Session(engine) as session:
        _caller(session)
        asked = select(FloorCase).where(FloorCase.org == "o7", FloorCase.state != "closed")
        rows = session.scalars(asked.order_by(FloorCase.due_at).limit(50)).all()
        return _page.render(rows=rows)


@app.get("/search")
def search() -> str:
    words = request.args["q"]
    query = " & ".join("'" + pair.replace("'", "''") + "'" for pair in bigrams(words))
    with Session(engine) as session:
        _caller(session)
        hit = FloorCase.tokens.op("@@")(cast(query, TSQUERY)) & (
            FloorCase.title.contains(words) | FloorCase.description.contains(words)
        )
        total = session.scalar(select(func.count()).select_from(FloorCase).where(hit))
        rows = session.execute(
            select(FloorCase.id, FloorCase.title).where(hit).order_by(FloorCase.reported_at.desc()).limit(50)
        ).all()
        return json.dumps({"total": total, "items": [{"id": str(i), "title": t} for i, t in rows]})


@app.get("/statistics")
def statistics() -> str:
    with Session(engine) as session:
        _caller(session)
        since = datetime.now(UTC) - timedelta(days=90)
        asked = select(FloorCase.category, FloorCase.state, func.count()).where(FloorCase.reported_at >= since)
        rows = session.execute(asked.group_by(FloorCase.category, FloorCase.state)).all()
        return json.dumps([list(row) for row in rows])
