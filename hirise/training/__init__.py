"""Training with TensorFlow; importing this package alone imports none of it."""
