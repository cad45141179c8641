"""Tests of the driver gallery."""
