"""The pages the public opens without an account: report, receipt, look-up, and the poster to print.

What the county office does with a report that came in lives in workflows/public_intake.py; here
are only the doors.
"""
