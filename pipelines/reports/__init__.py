"""Reports of what happened at the cameras: the figures of the events, drawn."""
