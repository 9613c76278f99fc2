"""What is written of the campaign beside steps: activities, goals, plans, handovers, assessment, bulletins."""
