"""The blog's exercises run as they were written; this package imports nothing."""
