"""A run as one HTML file that opens anywhere, without a network."""

from hirise.reporting.page import report_html, report_of, write_report

__all__ = ["report_html", "report_of", "write_report"]
