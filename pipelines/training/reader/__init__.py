"""Training of the plate reader: network, samples, views, loop and export."""
