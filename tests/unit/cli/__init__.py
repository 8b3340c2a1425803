"""The command line, on an engine that only remembers what it was asked."""
