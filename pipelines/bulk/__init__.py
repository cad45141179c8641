"""Jobs over many files: planned in parts, each stored whole, so that a job can be resumed."""
