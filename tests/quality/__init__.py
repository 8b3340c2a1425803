"""How good a search is: it finds bug X within N schedules, it shrinks to exactly this."""
