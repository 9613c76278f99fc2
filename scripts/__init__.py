"""What only those who work on the project run: the locks, the environment, the browser."""
