"""What runs where: the only package that imports ray and fastapi."""
