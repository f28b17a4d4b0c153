"""What every cell of a network is worth: exact numbers, how they are written short, and the ledger of one output.

A module of this room computes numbers, from the statements of layers; it knows no formula of sympy, no picture and no
library that a network comes from.
"""
