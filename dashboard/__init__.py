"""The pages, which read run folders and never import TensorFlow."""
