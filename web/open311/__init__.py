"""Open311 GeoReport v2: what other systems read and report, in XML and JSON (open311.md)."""
