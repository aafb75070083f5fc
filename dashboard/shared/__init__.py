"""What several pages show: verdict, findings, charts with tables, empty states."""
