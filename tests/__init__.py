"""Every test of the product, one folder a room; laws/ holds what may never happen. Started by `make test`."""
