"""What is asked of the machine: files, packages, processes, signals and the terminal.

A module of this room knows nothing of networks, numbers or pictures.
"""
