"""What single faults do to a service under a steady load: ``python -m tests.bench.faults``."""
