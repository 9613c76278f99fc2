"""The assessment of members and the spot checks of visits."""
