"""API keys: what one is, the file that keeps them, and how a key that was sent is recognised."""
