"""One plotly figure per file: each takes one table and returns a `go.Figure`."""
