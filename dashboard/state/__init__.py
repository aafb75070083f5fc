"""All caches of the pages, and their keys."""
