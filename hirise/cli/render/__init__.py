"""The results of actions as text: one module per format, pure functions."""
