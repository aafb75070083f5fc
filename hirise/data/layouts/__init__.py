"""One reader per layout of a dataset."""
