"""One file per REST resource; a route parses, calls the engine once and answers."""
