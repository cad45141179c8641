"""What happened at the gates: a journal of events, and how they are told to others."""
