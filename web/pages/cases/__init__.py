"""Cases: the list, one case, its steps and acts, files, replies, calls back."""
