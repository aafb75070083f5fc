"""The doctor for image classifiers that look fine and are not."""

__version__ = "0.1.0"
