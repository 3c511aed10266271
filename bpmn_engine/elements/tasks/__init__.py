"""Activities that do work: by a handler, by a person, by an expression, or by waiting for a message."""
