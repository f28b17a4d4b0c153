"""What a picture is before any medium paints it: marks with keys, boards, and the way from each board to the next.

The room knows geometry, roles and time. It knows no layer, no story and no library but matplotlib's bundled fonts, by
which text is measured once for all media. Stories compose boards from the pieces here; renderers paint what
:func:`convexplain.board.motion.sample` gives them.
"""
