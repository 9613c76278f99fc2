"""Slogans of the county's strategy (四个一, 三个三, 2+3+3) as tags the office edits and puts on what was done."""
