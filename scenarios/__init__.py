"""The incidents, each told as a scenario, and the small exchange that they share.

This folder is the package `scenarios` in a checkout and `harness.scenarios` in an installed wheel,
where nobody's own `scenarios` may be shadowed. So modules in here import each other relatively
(`from .exchange import Market`, `from ..exchange import Market`), and from the engine only its
public names (`harness`, `harness.model`, `harness.testing`).
"""
