"""Simulated Mars: landmarks as seen from orbit, computed from their names alone."""

from hirise.mars.simulated.image import simulate_image
from hirise.mars.simulated.plan import DEFAULT_LANDMARKS
from hirise.mars.simulated.release import write_release

__all__ = ["DEFAULT_LANDMARKS", "simulate_image", "write_release"]
