"""Cameras: a stream is sampled and tracked; each vehicle and person becomes one event."""
