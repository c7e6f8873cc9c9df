"""Going back in a run: earlier checkpoints, read by a worker, and runs that begin from one."""
