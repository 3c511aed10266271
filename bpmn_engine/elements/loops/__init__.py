"""Activities that run several times: a body (the loop) that is the scope of its runs."""
