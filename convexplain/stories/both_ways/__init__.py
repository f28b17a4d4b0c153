"""One layer read from its outputs and from its samples: gradient_flip."""
