"""The FastAPI application: routes, wire schemas, limits and errors."""
