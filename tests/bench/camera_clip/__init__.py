"""A clip of vehicles and people who pass a camera, and what the camera makes of it."""
