"""Pictures of plates that never existed, for training readers and corner finders."""
