"""What there is and where it is kept: the lowest room, and the only one that speaks SQL.

Inside, rooms stand on each other and never in a circle:
core ← registry ← matters ← funds ← cases ← exchange. No Flask, no Celery, no Redis.
"""
