"""Experiments that decide between causes: planned by information, run and kept."""
