"""A training in any framework, recorded as a run; this package imports nothing."""
