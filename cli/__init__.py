"""The front door: the command `casework`. One file a command; the only room that sees both web and tasks."""
