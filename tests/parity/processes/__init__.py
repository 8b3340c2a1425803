"""Simulated processes against real ones under `kill -9`: what each leaves on its disk."""
