"""One channel under the window of one kernel, and what its places give: sliding_window, kernel_flip, padding_modes."""
