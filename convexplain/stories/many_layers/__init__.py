"""One output of a stack, and all that it is made of: paths, closed_form."""
