"""A check-up of a network with normalization layers: what can be wrong, and how to see it."""
