"""One loader per format; a loader imports its runtime itself, when it is asked."""
