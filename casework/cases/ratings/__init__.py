"""What reporters say of results, and what the rates leave out."""
