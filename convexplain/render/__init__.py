"""Renderers: boards in a medium. Each knows boards only: no story, no layer, no layout, no colour beyond the palette."""
