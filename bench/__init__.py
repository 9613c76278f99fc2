"""The benchmark: every figure a ratio to a floor measured in the same run on the same machine. `make bench`."""
