"""What serving costs: the bare engines, two peers, plain FastAPI and the service, side by side."""
