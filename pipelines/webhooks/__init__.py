"""Webhooks: who is told of events, and the deliveries that are still to be made."""
