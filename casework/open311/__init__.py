"""What other systems report to the office and may read of it by Open311: kept submissions, and what is public."""
