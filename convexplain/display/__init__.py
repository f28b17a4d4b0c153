"""How the objects of the package show themselves: in a terminal, in a notebook.

The modules here know words, tables, colours and HTML; what an object holds they are given, and nothing is computed here
but places and sizes. What they write is whole by itself: no script, nothing fetched, no ground of its own, so that it
reads on a light and on a dark page; everything that comes from outside is escaped; the same object gives the same
bytes.
"""
