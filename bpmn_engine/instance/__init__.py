"""What is running: the state of one process instance, what may be asked of it, and what can happen to it."""
