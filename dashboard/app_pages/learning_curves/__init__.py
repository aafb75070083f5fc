"""The page Learning curves."""
