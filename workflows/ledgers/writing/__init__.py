"""How a file's lines get into the records: read, cut into chunks, written by one process or by several in turns."""
