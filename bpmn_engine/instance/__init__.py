"""One running process instance: its state, the commands that it takes, and the changes that can happen to it."""
