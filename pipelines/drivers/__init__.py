"""Drivers: from pictures of faces to enrolment, recognition, verification and erasure."""
