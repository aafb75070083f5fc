"""The page Cure."""
