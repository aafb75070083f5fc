"""Model files of others; importing this package imports no TensorFlow."""
