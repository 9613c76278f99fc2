"""Papers in Word an office edits itself: their kinds and tags, the built-in form of each, what is checked of one."""
