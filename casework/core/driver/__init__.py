"""What we do with the drivers themselves, where the ORM would cost more than the statement."""
