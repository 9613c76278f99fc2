"""Who is linked with whom: members, households, links, handovers."""
