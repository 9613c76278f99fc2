"""Sheets upwards: in the receiver's columns, kept as they went out, given again byte for byte, changed by nobody."""

import hashlib
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from casework.core.errors import Denied, Invalid, NotFound, Refused
from casework.core.ids import new_id
from casework.dispatches import queries
from casework.dispatches.tables import Dispatch
from casework.exchange.column_sets import column_set
from casework.exchange.receivers import read_receiver, receivers
from casework.exchange.sheets import read_book
from tests.workflows.ledgers.test_links_ledger import AT, IDS, LATER, LINKS, counts, do, linked
from workflows.ledgers import dispatching, exporting

__all__ = ["linked"]


def send(office, world, code="province", **options):
    options = {"actor": world["he"], "at": AT} | options
    with world.db.transaction() as session:
        return dispatching.send(session, office, code, **options)


def cells(tmp_path, content):
    path = tmp_path / "sheet.xlsx"
    dispatching.put(content, path)
    return [row.cells for row in read_book(path).sheets[0].rows]


def test_a_sheet_has_the_receivers_columns_and_masks_what_goes_up_masked(office, linked, tmp_path) -> None:
    row, content = send(office, linked)
    title, headings, *rows = cells(tmp_path, content)
    assert title[0] == receivers()["province"].title
    assert headings == [column.heading for column in receivers()["province"].columns]
    assert (len(rows), row.rows) == (3, 3)
    told = next(each for row in rows if (each := dict(zip(headings, row, strict=True)))["委员姓名"] == "陈青山")
    assert told["序号"] in ("1", "2", "3")
    number, group = (IDS[0], "三组") if told["帮扶对象户主"] == "张树生" else (IDS[1], "一组")
    assert told["户主身份证号"] == number[:6] + "*" * 8 + number[-4:]
    assert (told["住址"], told["结对时间"]) == ("竹园镇方石村" + group, "2022-03-01")


def test_what_was_sent_is_listed_and_given_again_identically_though_the_records_changed(office, linked, book) -> None:
    sent, content = send(office, linked)
    changed = [LINKS[0], [*LINKS[2][:11], "2022-04-02", "改种木耳"]]
    assert counts(do(office, linked, "links", book(changed), at=LATER)) == (0, 1, 0, 0)
    newer, other = send(office, linked, at=LATER)
    assert other != content
    with linked.db.transaction() as session:
        row, same = dispatching.again(session, office, sent.id, actor=linked["an"], at=LATER)
        listed = [(each.id, name) for each, name in queries.under(session, linked["an"])]
    assert same == content
    assert hashlib.sha256(content).hexdigest() == row.sha256
    assert (row.as_of, row.known_at, row.sent_by) == (date(2026, 11, 20), AT, linked["he"].person_id)
    assert listed == [(newer.id, linked["he"].name), (sent.id, linked["he"].name)]


def test_rows_of_later_days_are_left_out(office, linked, tmp_path) -> None:
    row, content = send(office, linked, as_of=date(2022, 3, 31))
    assert (row.rows, len(cells(tmp_path, content))) == (2, 4)


def test_refusals(office, linked) -> None:
    with pytest.raises(Refused):
        send(office, linked, "nowhere")
    with pytest.raises(Invalid):
        send(office, linked, as_of=date(2026, 11, 21))
    with pytest.raises(Denied):
        send(office, linked, actor=linked["bai"])
    with linked.db.transaction() as session, pytest.raises(NotFound):
        dispatching.again(session, office, new_id(), actor=linked["he"], at=AT)


def test_a_kept_sheet_is_sealed_and_the_database_refuses_to_change_it(office, linked) -> None:
    row, _ = send(office, linked)
    for statement in ("UPDATE dispatches SET rows = 0", "DELETE FROM dispatches"):
        with pytest.raises(DatabaseError), linked.db.transaction() as session:
            session.execute(text(statement))
    with linked.db.reading() as session:
        kept = session.get(Dispatch, row.id)
        assert kept is not None and kept.content_cipher.startswith("v1:")


def test_every_receiver_draws_from_a_ledger_and_names_only_its_columns(office, linked) -> None:
    for code, each in receivers().items():
        known = {column.key for column in column_set(each.kind).columns} | {"county"}
        assert each.kind in exporting.SOURCES, code
        assert {key for column in each.columns for key in column.keys} <= known, code


@pytest.mark.parametrize("key", ["id_number", "phone"])
def test_a_receiver_that_wants_numbers_in_plain_is_not_read(tmp_path, key) -> None:
    path = tmp_path / "curious.toml"
    wanted = (
        f'title = "表"\nkind = "households"\n[label]\nzh = "某"\n[[column]]\nheading = "号"\nkeys = ["head", "{key}"]\n'
    )
    path.write_text(wanted, "utf-8")
    with pytest.raises(ValueError, match=r"curious.toml: 号 needs a mask"):
        read_receiver(path)
    path.write_text(f'{wanted}mask = "{key}"\n', "utf-8")
    assert read_receiver(path).columns[0].mask is not None
