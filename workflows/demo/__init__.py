"""The demo county: invented people in real villages, with half a year of cases lived through the engine.

`loading.load` is the door. `county` founds places, units and people; `tales` tells difficulties in words; `scripts`
says what becomes of each; `playing` lets it happen in the order of time, with the deadline sweep in between. `bulk`
writes synthetic cases by the hundred thousand for load tests, past the engine but by its rules.
"""
