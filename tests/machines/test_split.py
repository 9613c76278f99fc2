"""A prefecture split by county without a change of code: each county's role finds its own schema (docs/scaling.md)."""

from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import select

from casework.cases.tables import Case
from casework.core.database import Database
from tests import databases
from tests.schema import build_schema
from tests.world import World, make_world

COUNTIES = ("510822", "510823")


def test_two_counties_in_one_database_know_nothing_of_each_other(postgres_url: str, tmp_path: Path) -> None:
    with databases.fresh_database("postgresql", holding=None) as url:
        roles = [f"c{county}_{urlsplit(url).path[1:]}" for county in COUNTIES]
        with psycopg.connect(url, autocommit=True) as owner:
            for role in roles:
                owner.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'of-this-test'")
                owner.execute(f"CREATE SCHEMA {role} AUTHORIZATION {role}")
                owner.execute(f"ALTER ROLE {role} SET search_path = {role}")
        try:
            worlds = [_county(url, role, tmp_path / role) for role in roles]
            for world, cases in zip(worlds, (1, 2), strict=True):
                for _ in range(cases):
                    world.assigned()
            for world, cases in zip(worlds, (1, 2), strict=True):
                with world.db.reading() as session:
                    numbers = sorted(session.scalars(select(Case.number)))
                assert numbers == [f"QC-AJ-2026-{n:06d}" for n in range(1, cases + 1)]
            with pytest.raises(psycopg.errors.InsufficientPrivilege), psycopg.connect(_as(url, roles[0])) as one:
                one.execute(f"SELECT count(*) FROM {roles[1]}.cases")
            for world in worlds:
                world.db.close()
        finally:
            with psycopg.connect(url, autocommit=True) as owner:
                for role in roles:
                    owner.execute(f"DROP OWNED BY {role} CASCADE")
                    owner.execute(f"DROP ROLE {role}")


def _as(url: str, role: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{role}:of-this-test@{parts.hostname}:{parts.port}").geturl()


def _county(url: str, role: str, home: Path) -> World:
    home.mkdir()
    build_schema(_as(url, role))
    return make_world(Database(_as(url, role)), home)
