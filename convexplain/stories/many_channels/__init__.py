"""Several channels under one filter, and several filters on the same channels: channel_summation."""
