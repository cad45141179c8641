"""Steps that bring a gallery database to the present schema."""
