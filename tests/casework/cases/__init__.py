"""Tests of the cases themselves."""
