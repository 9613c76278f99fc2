"""Who is linked with whom: members, households, links; listed, and entered by hand."""
