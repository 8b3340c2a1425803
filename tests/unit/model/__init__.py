"""The bricks of small models, against what they stand for."""
