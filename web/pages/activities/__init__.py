"""What is done in the campaign: activities, visits, duties, trainings, experiences, announcements, slogans."""
