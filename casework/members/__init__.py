"""The members of the committee (委员) and their terms."""
