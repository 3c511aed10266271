"""Event positions: start, end, catch, throw, boundary. What they wait for or do is in `event_definitions`."""
