"""Papers to print: sheets of a case, papers by the office's templates, the templates."""
