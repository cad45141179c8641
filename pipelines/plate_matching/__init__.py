"""Which known vehicle bears the plate that was read, reading errors and all."""
