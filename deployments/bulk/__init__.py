"""Jobs over many files, distributed by Ray Data."""
