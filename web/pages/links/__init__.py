"""Who is linked with whom: members, households, links, leaders, handovers, suggestions."""
