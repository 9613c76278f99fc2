"""How a matter may move: definitions as data, one engine. Read `engine.py` first, then library/case.v1.toml.

What is written of a matter beside its steps stands in the rooms, cases first."""
