"""A chaos-testing harness for restart race conditions."""
