"""Ways to change a network while training little of it: siblings of one shape."""
