"""Metrics, intervals and calibration: pure functions of arrays."""
