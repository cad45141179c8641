"""What happens to a picture: engines, compositions and the gallery, without ray and fastapi."""
