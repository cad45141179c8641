"""Bytes that are kept: objects by key, and the crops of plates and faces among them."""
