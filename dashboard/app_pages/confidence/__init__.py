"""The page Confidence."""
