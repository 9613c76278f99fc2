"""What commands share: opening the house, telling how far it is, keys, definitions."""
