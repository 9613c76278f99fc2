"""督办: matters that are followed until two persons have struck them off, and the notices that urged them."""
