"""The assessment of members (委员履职考核): schemes as data, the reckoning, the sheets, and the spot check."""
