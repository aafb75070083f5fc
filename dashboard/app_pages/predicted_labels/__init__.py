"""The page Predicted labels."""
