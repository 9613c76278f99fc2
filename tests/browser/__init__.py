"""The whole product in a real browser: the embedded service with the demo county, walked as its people would.

What lives here: one running service for a test session (`service`), people at their screens (`visitor`), and the
journeys. What does not: pages on invented contexts (tests/web/previews), routes without a browser (tests/web/pages).
"""
