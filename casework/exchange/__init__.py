"""Tables of the office in and out: what a file says, cell by cell, and how cells become a file again.

The way in: `sheets.read_book` hands the file to `sandbox`, which starts `child` with hard limits; the child lets
`precheck` (with `archive` and `scan`) look for traps and only then reads. `sheets.find_tables` finds the headings,
`values` understands what people write into cells. The way out: `writer`, `marking`. Nothing in these files opens a
database or knows what a ledger means.
"""
