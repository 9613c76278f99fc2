"""How much of a file is looked at before it is refused. Numbers only; each is exceeded by a test.

Starting point: reliability.md §5.2. The contract's 200,000 filled rows need more room than that page gives: with the
widest ledger (23 columns) such a workbook unpacks to 250 MB, with long letters to 485 MB, and its strings to 31 MB.
"""

MIB = 1024 * 1024

FILE_BYTES = 200 * MIB
TEXT_FILE_BYTES = 512 * MIB  # .csv, which is read line by line

ENTRIES = 2_000  # files inside one .xlsx
NAME_BYTES = 255
UNPACKED_BYTES = 512 * MIB
RATIO = 100  # unpacked : packed, of each entry above RATIO_FROM_BYTES
RATIO_FROM_BYTES = MIB
SHARED_STRING_BYTES = 128 * MIB
DIRECTORY_BYTES = ENTRIES * 1_024

XML_TOKEN_BYTES = MIB  # one tag, comment or instruction; expat 2.5 reads long ones again with every piece
XML_ELEMENTS = 20_000_000  # in one part; the fullest table has 18 million
SHEETS = 200
SHEET_ROWS = 1_048_576
LAST_COLUMN = 200  # a filled cell further right is a far corner
FILLED_ROWS = 200_000  # in the whole book
HEADING_ROWS = 1_000  # titles, headings and totals on top of FILLED_ROWS
FILLED_CELLS = 6_000_000  # in the whole book
SPANNED_CELLS = 10_000_000  # rows × columns from the first to the last filled cell of one sheet
MERGED_CELLS = 20_000  # in one sheet
LINE_CHARACTERS = 2_000_000  # one line of a .csv
FORMULA_ERRORS = 100_000  # cells with #N/A and the like that are remembered, in one sheet

CHILD_MEMORY_BYTES = 768 * MIB
CHILD_CPU_SECONDS = 60
CHILD_WALL_SECONDS = 90
CHILD_OUTPUT_BYTES = 1_024 * MIB
CHILDREN = 2  # at once, in one process
CHILD_WAIT_SECONDS = 30  # for one of those places
