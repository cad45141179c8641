"""Training of the corner finder: contexts, views of them, the network and its losses."""
