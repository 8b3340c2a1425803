"""Exploring: what is asked at the door, how strategies choose, what is made of what they find."""
