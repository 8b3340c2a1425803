"""Histories: what clients did, and whether any order explains what they saw.

Operations on one object are checked for linearizability against a sequential specification,
transactions for isolation. What users need of it is in `harness.histories`.
"""
