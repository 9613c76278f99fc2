"""What row level security would cost: the same questions with the county's filter alone, and with a policy besides.

`python -m bench.row_security [ROWS]` on the PostgreSQL of the tests; prints medians and plans. The numbers and what was
decided by them stand in docs/decisions/0098-row-level-security.md.
"""

import statistics
import sys
import time

import psycopg

from tests import server_keeper

COUNTIES, RUNS = 10, 200
_POLICY = (
    "region_code >= nullif(current_setting('casework.county', true), '')"
    " AND region_code < nullif(current_setting('casework.county', true), '') || ':'"
)
_QUESTIONS = {
    "one by id": "SELECT * FROM k WHERE id = %(id)s",
    "fifty latest": (
        "SELECT * FROM k WHERE state = 'open'"
        " AND region_code >= %(county)s AND region_code < %(county)s || ':' ORDER BY at DESC LIMIT 50"
    ),
    "how many": (
        "SELECT count(*) FROM k WHERE state = 'open' AND region_code >= %(county)s AND region_code < %(county)s || ':'"
    ),
    "search of words": (
        "SELECT id FROM k WHERE tokens @> ARRAY['w17', 'w905']"
        " AND region_code >= %(county)s AND region_code < %(county)s || ':' LIMIT 50"
    ),
}


def main(rows: int) -> None:
    """Build a table as wide as it needs to be, and ask both ways in turn."""
    server_keeper.open_session()
    url = server_keeper.server_url("postgres")
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("DROP TABLE IF EXISTS k; DROP ROLE IF EXISTS bench_app")
        db.execute("CREATE TABLE k (id integer, region_code text, state text, at timestamptz, tokens text[])")
        db.execute(
            "INSERT INTO k SELECT n, (510801 + n %% %s)::text || lpad((n %% 200)::text, 6, '0'),"
            " CASE WHEN n %% 20 = 0 THEN 'open' ELSE 'closed' END, now() - n * interval '1 minute',"
            " ARRAY['w' || n %% 97, 'w' || n %% 1009, 'w' || n %% 4001] FROM generate_series(1, %s) n",
            (COUNTIES, rows),
        )
        for made in ("UNIQUE INDEX ON k (id)", "INDEX ON k (state, at)", "INDEX ON k (region_code)"):
            db.execute(f"CREATE {made}")
        db.execute("CREATE INDEX ON k USING gin (tokens)")
        db.execute("VACUUM ANALYZE k")
        db.execute("CREATE ROLE bench_app; GRANT SELECT ON k TO bench_app")
        db.execute(f"CREATE POLICY county ON k USING ({_POLICY})")
        for name, question in _QUESTIONS.items():
            found = {False: _asked(db, question, rows, on=False), True: _asked(db, question, rows, on=True)}
            plain, with_policy = found[False][0], found[True][0]
            print(f"{name:16} {plain:8.3f} ms {with_policy:8.3f} ms  x{with_policy / plain:.2f}")
            print(f"    plain:  {found[False][1]}\n    policy: {found[True][1]}")
        db.execute("DROP TABLE k; DROP ROLE bench_app")


def _asked(db: psycopg.Connection, question: str, rows: int, *, on: bool) -> tuple[float, str]:
    db.execute(f"ALTER TABLE k {'ENABLE' if on else 'DISABLE'} ROW LEVEL SECURITY")
    db.execute("SET ROLE bench_app")
    told = {"county": "510805", "id": rows // 2 // COUNTIES * COUNTIES + 4}
    took = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        with db.transaction():
            if on:
                db.execute("SELECT set_config('casework.county', '510805', true)")
            db.execute(question, told).fetchall()
        took.append((time.perf_counter() - begun) * 1000)
    with db.transaction():
        db.execute("SELECT set_config('casework.county', '510805', true)")
        plan = [str(row[0]).strip() for row in db.execute("EXPLAIN " + question, told)]
    db.execute("RESET ROLE")
    scans = [line.split("  (")[0] for line in plan if "Scan" in line]
    return statistics.median(took), "; ".join(scans)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
