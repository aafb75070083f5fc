"""Predicting with a stranger's model; importing this package imports no TensorFlow."""
