"""Files of pictures, reduced to what their pixels need before any decoder sees them."""
