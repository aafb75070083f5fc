"""One use case per module: typed data in, typed data out, nothing printed."""
