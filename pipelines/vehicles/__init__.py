"""The vehicles that a gate knows: their plates, who may drive them, and until when."""
