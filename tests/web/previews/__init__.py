"""Every page of the product on invented data, so that looks can be judged and measured without a database.

What lives here: a small Flask application of its own that renders web/templates with static contexts (the shapes of
web/templates/README.md), and a photographer. What does not: routes of the product, any real record.

    python -m tests.web.previews OUT_DIR [NAME…] [--lang en] [--width 390]
"""
