"""Who may use which route, how often, and what is written down of it."""
