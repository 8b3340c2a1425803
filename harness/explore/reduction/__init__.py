"""Optimal dynamic partial-order reduction, in parts: happens-before and races, and wakeup trees."""
