"""What is alike: reports that look alike, and what many report."""
