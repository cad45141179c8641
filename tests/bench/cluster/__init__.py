"""A cluster of three hosts on one machine, and what it does when hosts and releases change."""
