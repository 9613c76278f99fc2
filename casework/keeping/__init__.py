"""Keeping what was recorded: verify it, save it, bring it back, and refuse to start on what does not fit."""
