"""The page for a person at a desk: static files, and the routes that serve them."""
