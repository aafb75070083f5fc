"""HiRISE file-name grammar (being written)."""
