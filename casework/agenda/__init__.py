"""What stands in a person's calendar: their consultations, and the days by which they or their unit have to be done."""
