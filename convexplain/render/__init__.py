"""Renderers: what paints boards in one medium each. They know marks, palettes and their medium; they lay nothing out,
compute no number and choose no colour.
"""
