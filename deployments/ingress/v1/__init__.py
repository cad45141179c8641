"""The routes for drivers as people need them: /v1/drivers, /v1/faces:identify, /v1/gallery."""
