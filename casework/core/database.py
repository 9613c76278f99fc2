"""The one door to the database, and the only place that commits. How an engine is made: `casework.core.engines`."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, inspect, orm, select, text

from casework.core.driver import loading, writing
from casework.core.driver.questions import Question
from casework.core.driver.writing import Sending, Unsent
from casework.core.engines import UnsafeDatabase, driver_url, postgresql_engine, sqlite_engine
from casework.core.rows import Base, Row, change, fill, kind_of, loose

__all__ = ["Base", "Database", "Session", "UnsafeDatabase", "change", "when_changed"]

Made = TypeVar("Made", bound=Base)
Forget = Callable[["Session"], None]
# Who keeps copies of the rows of a kind.
_keepers: dict[type, list[Forget]] = {}


def when_changed(kinds: Iterable[type]) -> Callable[[Forget], Forget]:
    """Let a function be called after every commit of this process that wrote rows of some kinds."""

    def join(forget: Forget) -> Forget:
        for kind in kinds:
            _keepers.setdefault(kind, []).append(forget)
        return forget

    return join


class Session(orm.Session):
    """A session that sends what a change writes in one go: rows of `put`, and changed columns of loaded rows."""

    def __init__(self, *arguments: Any, looks: bool = False, **options: Any) -> None:
        # Whoever listens listens to the class; the ORM would make a list of nobody anew for each session.
        self.__dict__["dispatch"] = _heard_of()
        super().__init__(*arguments, **options)
        # Whether PostgreSQL is told that nothing is written here.
        self._looks = looks
        # The transaction at hand, once it has a connection, and that connection.
        self._of_connection: orm.SessionTransaction | None = None
        self._connection_at_hand: Connection | None = None
        self._put, self._sending = Unsent(), Sending()
        self._kept: list[Any] = []
        self._successions: list[tuple[Any, Any, Mapping[str, Any]]] = []
        self._undo: list[Callable[[], None]] = []
        self._news = False
        # Kinds of rows that somebody keeps copies of and this transaction has written.
        self._changed: set[type] = set()
        # Kinds of rows that were written here.
        self.written: set[type[Base]] = set()
        self._held_back, self._tracks = False, True
        self._plans_anew = False
        # Rows that many steps of one transaction ask for again, by what they are asked for.
        self.known: dict[str, dict[str, Any]] = {}
        self._finishing: list[Forget] = []

    def make(self, kind: type[Made], /, **values: Any) -> Made:
        """Make a row that is to be `put`: a loose one where nothing that was written is tracked."""
        return loose(kind, values) if self._held_back and not self._tracks else kind.made(**values)

    def put(self, row: Any, *, keep: bool = False) -> None:
        """Write a new row at the next flush; with `keep` it is tracked afterwards like a loaded one."""
        kind = kind_of(row)
        if kind is type(row) and self._held_back:
            # It is worked with before it is written; a loose one was filled when it was made.
            fill(row)
        self._put.add(row, kind)
        if keep:
            self._kept.append(row)

    def succeed(self, row: Any, following: Any, **last: Any) -> None:
        """At the next flush change a row for the last time, then write the one that follows it; that one is tracked.

        In two statements: of all that follow each other one is the newest at any time.
        """
        self._successions.append((row, following, last))
        if self._held_back:
            fill(following)

    def if_taken_back(self, undo: Callable[[], None]) -> None:
        """Call `undo` if the savepoint at hand is taken back while nothing was sent: for what is kept in memory of it.

        Outside of `together` nothing is kept so, and nothing is called.
        """
        if self._held_back:
            self._undo.append(undo)

    def waiting(self, kind: type[Row]) -> list[Row]:
        """Return the rows of a kind that were `put` and are not written yet: a question to the database misses them."""
        return self._put.of(kind)

    def is_waiting(self, row_id: UUID) -> bool:
        """Say whether a row of this id was `put` and is not written yet."""
        return self._put.has(row_id)

    @contextmanager
    def together(self, *, tracked: bool = True) -> Iterator[None]:
        """Write all that happens inside at once, at its end: the many moves of one new matter, say; or nothing of it
        when something is raised.

        What asks the database inside must also look at what is `waiting`. Not `tracked`, the rows that were written
        can afterwards be changed by `succeed` alone, as records in editions are; to track a row takes as long as to
        write it.
        """
        self.flush()
        planned_anew = self._plan_as_usual()
        self._held_back, self._tracks = True, tracked
        try:
            yield
        except BaseException:  # whatever ends it, Ctrl-C too: nothing of it may be written later; raised again
            self._forget()
            self._tracks = True
            raise
        finally:
            self._held_back = False
        self._undo = []
        self.flush()
        self._tracks = True
        if planned_anew:
            self.plan_anew()

    def would_send(self, *, from_rows: int = 1) -> bool:
        """Say whether `send` would begin to write."""
        if len(self._put.rows) < from_rows or not self._held_back or self._tracks:
            return False
        return self.get_bind().dialect.name == "postgresql"

    def send(self, *, from_rows: int = 1) -> None:
        """Within `together`, not tracked: begin to write what waits, once it is so many rows, while more is made.

        Whoever asks the database next waits for it, and gets what went wrong; what was sent goes only with the whole
        transaction. SQLite has nobody to do it meanwhile.
        """
        if self.would_send(from_rows=from_rows):
            connection, kinds = self.connection(), self._put.kinds
            self._note_kinds(kinds)
            # Nothing of it is tracked; nor may it be later, should nothing come behind it.
            self._put, self._undo, self._kept = Unsent(), [], []
            self._sending.begin(partial(writing.write, connection, kinds, ()))

    def _note_kinds(self, kinds: Collection[type[Base]]) -> None:
        kinds = set(kinds)
        self._changed |= _keepers.keys() & kinds
        self.written |= kinds

    def _connection_for_bind(self, *arguments: Any, **options: Any) -> Connection:
        self._sending.wait()
        # Of one transaction it is always the same; to find that out takes a tenth of a plain statement.
        begun = self._of_connection
        at_hand = self._connection_at_hand
        if at_hand is not None and begun is not None and begun is self._transaction and begun.is_active:
            return at_hand
        connection: Connection = super()._connection_for_bind(*arguments, **options)
        if self._looks:
            # The driver begins the transaction with the first statement.
            driver: Any = connection.connection.driver_connection
            if not driver.read_only:
                driver.read_only = True
        self._of_connection, self._connection_at_hand = self._transaction, connection
        return connection

    def close(self) -> None:
        """Take back what was not kept, once nothing is under way any more."""
        self._sending.end()
        super().close()
        self._of_connection = self._connection_at_hand = None

    def flush(self, objects: Any = None) -> None:
        """Write what is waiting, then whatever the ORM was given."""
        if self._held_back:
            return
        if not self._put.rows and not self._successions and self._is_clean():
            # As at the end of each step, which has been written when it ends.
            return
        if objects is None or not objects:
            successions, self._successions = self._successions, []
            unwritten = {id(row) for row in (*self._put.rows, *(row for _, row, _ in successions))}
            for row, _, last in successions:
                if id(row) not in unwritten and row not in self:
                    loading.attach(self, row)
                for name, value in last.items():
                    setattr(row, name, value)
            changed = [*self.dirty]
            states = [inspect(instance) for instance in changed]
            new, self._put = self._put.kinds, Unsent()
            self._note_kinds([*map(type, changed), *new, *map(type, self.new)])
            if new or states:
                writing.write(self.connection(), new, states)
                writing.settle(states)
            following = Unsent()
            for _, row, _ in successions:
                following.add(row, kind_of(row))
            if following.rows:
                writing.write(self.connection(), following.kinds, ())
            kept, self._kept = [*self._kept, *following.rows], []
            if self._tracks:
                for row in kept:
                    loading.attach(self, row)
        super().flush()

    def at_the_end(self, finish: Forget) -> None:
        """Call `finish` when all else is written and nothing is kept yet: for what holds a lock that all want."""
        self._finishing.append(finish)

    def commit(self) -> None:
        """Write what is waiting and keep it; if it was news, those who listen are called."""
        self.flush()
        self._sending.wait()
        finishing, self._finishing = self._finishing, []
        for finish in finishing:
            finish(self)
        super().commit()
        self._plans_anew = False
        changed, self._changed = self._changed, set()
        for forget in dict.fromkeys(each for kind in changed for each in _keepers[kind]):
            forget(self)
        news, self._news = self._news, False
        if news:
            for listener in self.info.get("listeners", ()):
                listener()

    def ask(self, question: Question, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Ask what is asked again and again; the answer in plain tuples."""
        return question.ask(self.connection(), values)

    def load(
        self, kind: type[Made], question: Question, values: Mapping[str, Any], *, anew: bool = False
    ) -> list[tuple[Made, tuple[Any, ...]]]:
        """Ask for rows of a kind (`loading.columns_of`), each with all of the answer it came by; `anew`: see `load`."""
        answers = self.ask(question, values)
        return [*zip(loading.load(self, kind, answers, anew=anew), answers, strict=True)]

    def plan_anew(self) -> None:
        """Let PostgreSQL plan what this transaction asks for its own values, not for any.

        A plan that is kept saves planning, and is worse where values differ much in how many rows they find: figures
        of another day read ten years or one month.
        """
        if not self._plans_anew and self.get_bind().dialect.name == "postgresql":
            self.connection().exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")
            self._plans_anew = True

    def _plan_as_usual(self) -> bool:
        """Let plans be kept again; say whether they were not.

        The server asks for each new row whether what it points at is there, and what its triggers do: planned anew for
        every row, that is a fifth of its work.
        """
        planned_anew, self._plans_anew = self._plans_anew, False
        if planned_anew:
            self.connection().exec_driver_sql("SET LOCAL plan_cache_mode TO DEFAULT")
        return planned_anew

    def has_changed(self, kinds: Collection[type]) -> bool:
        """Say whether this transaction has written rows of some kinds that somebody keeps copies of."""
        return not self._changed.isdisjoint(kinds)

    def has_news(self) -> None:
        """Say that what is written here is waited for by somebody (`Database.on_news`)."""
        self._news = True

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Keep what happens inside, or take it alone back when something is raised.

        Within `together` nothing was sent yet: rows of `put` and `succeed` are forgotten. Loaded rows that were changed
        otherwise stay changed, so who judges there judges first.
        """
        if self._held_back:
            marks = len(self._kept), len(self._successions), len(self._undo), len(self._put.rows)
            try:
                yield
            except BaseException:  # as above
                self._forget_from(*marks)
                raise
            return
        self.flush()
        with self.begin_nested():
            try:
                yield
                self.flush()
            except BaseException:  # as above
                self._forget()
                raise

    def _forget_from(self, kept: int, successions: int, undo: int, unsent: int) -> None:
        del self._kept[kept:], self._successions[successions:]
        self._put.forget_from(unsent)
        for taken_back in reversed(self._undo[undo:]):
            taken_back()
        del self._undo[undo:]

    def _forget(self) -> None:
        self._put, self._kept, self._successions, self._undo = Unsent(), [], [], []


@cache
def _heard_of() -> Any:
    """Return who hears of sessions, as of one that nobody opened."""
    return Session.__new__(Session).dispatch


class Database:
    """A connection pool and the two ways to use it: `transaction()` to write, `reading()` to look."""

    def __init__(
        self, url: str, *, zone: ZoneInfo | None = None, keyring: object | None = None, pool_size: int = 10
    ) -> None:
        # What every transaction may need to know of the office travels with its session.
        self._listeners: list[Callable[[], None]] = []
        self.info: dict[str, Any] = {
            "zone": zone or ZoneInfo("Asia/Shanghai"),
            "keyring": keyring,
            "listeners": self._listeners,
            # What rooms keep for a short while of what they read here, each under a name of its own.
            "kept": {},
        }
        self.url = driver_url(url)
        self.is_postgresql = self.url.startswith("postgresql")
        self.engine = postgresql_engine(self.url, pool_size) if self.is_postgresql else sqlite_engine(self.url)
        self._reading = self.engine if self.is_postgresql else self.engine.execution_options(casework_read=True)

    def on_news(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every commit of this process that wrote something to be told or done later.

        It runs in the thread that committed, so it must return at once and not raise.
        """
        self._listeners.append(listener)

    def session(self, *, write: bool) -> Session:
        """Open a session that somebody else ends; prefer `transaction()` and `reading()`."""
        bind, looks = (self.engine, False) if write else (self._reading, self.is_postgresql)
        return Session(bind, looks=looks, expire_on_commit=False, autoflush=False, info=self.info)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Write: all that happens inside is kept together, or nothing of it when something is raised."""
        session = self.session(write=True)
        try:
            yield session
            session.commit()
        finally:
            session.close()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Look only: on PostgreSQL the transaction is read-only."""
        session = self.session(write=False)
        try:
            yield session
        finally:
            session.close()

    def end(self, session: Session, *, keep: bool) -> None:
        """End a session of `session()`: keep what it wrote, or take it back."""
        try:
            if keep:
                session.commit()
        finally:
            session.close()

    def create_all(self) -> None:
        """Create every table at once (tests only; the product migrates)."""
        Base.metadata.create_all(self.engine)

    def reckon(self, tables: Iterable[type[Base]]) -> None:
        """Let PostgreSQL look again at tables that have grown, for it plans by what it last saw of them.

        It looks by itself once a minute. Until then a table that was empty is read whole for every question.
        """
        named = ", ".join(sorted(f'"{table.__tablename__}"' for table in tables))
        if self.is_postgresql and named:
            with self.transaction() as session:
                session.connection().exec_driver_sql(f"ANALYZE (SKIP_LOCKED) {named}")

    def ping(self) -> None:
        """Ask the database for a sign of life."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def rows_in(session: orm.Session, table: type[Base]) -> int:
    """Count the rows of a table, whoever may see them: for how long work on all of them will take."""
    return session.scalar(select(func.count()).select_from(table)) or 0
