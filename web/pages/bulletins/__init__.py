"""The quarterly bulletins: sheet, form, versions of the prose."""
