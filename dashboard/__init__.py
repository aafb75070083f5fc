"""The pages: they read run folders and never import TensorFlow."""
