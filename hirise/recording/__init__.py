"""Records anyone's training as a run."""
