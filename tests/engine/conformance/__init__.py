"""Trio's own tests, run on the kernel: that is how we know that it is Trio.

python -m tests.engine.conformance [--seeds N] [pytest arguments]
"""
