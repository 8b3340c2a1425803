"""Rooms working together: kernel, world, properties and search on small programs."""
