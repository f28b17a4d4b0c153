"""Two layers in a row, and the one kernel that does the work of both: collapse."""
