"""The documentation, held to the code: what a page shows is run, and what it prints is compared."""
