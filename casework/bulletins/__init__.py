"""The quarterly bulletin (通报): drafted from single records, its figures frozen, signed, never altered afterwards."""
