"""The floor: the least Flask + SQLAlchemy + psycopg work that is right. No permissions, no clocks, no layout."""
