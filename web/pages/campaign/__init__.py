"""Where the campaign stands: figures, targets, year plans, projects, industries."""
