"""Papers by the office's templates."""
