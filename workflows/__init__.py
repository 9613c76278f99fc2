"""How a matter may move: definitions as data, one engine. Read `engine.py` first, then library/case.v1.toml."""
