"""What was done in a campaign: visits, surveys, meetings, trainings, services given, suggestions made."""
