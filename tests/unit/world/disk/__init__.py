"""The simulated disk: what a power cut leaves, how its faults surface, what it touches."""
