"""Whether a network's formulas are what Keras computes: proof, exact probes, bounds, and the verdict that tells them.

The modules here compare; what is compared with comes from ``exact``, which knows the layers' terms alone. Nothing here
draws or prints.
"""
