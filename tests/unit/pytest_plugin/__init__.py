"""The pytest plugin, run by pytest itself."""
