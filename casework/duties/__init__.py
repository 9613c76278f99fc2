"""The members' home (委员之家): where it is, and which member is on duty there when."""
