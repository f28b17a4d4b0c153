"""Renderers: one module for each medium, for all stories. They paint boards and know no layer and no story."""
