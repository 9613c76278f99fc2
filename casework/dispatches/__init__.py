"""What was sent upwards: each sheet as it went out, kept for good."""
