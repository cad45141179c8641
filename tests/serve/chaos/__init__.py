"""Kills parts of a running service under load, and checks that it kept every promise."""
