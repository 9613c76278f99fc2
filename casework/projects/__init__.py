"""Projects that money is coordinated for, and the households that benefit from them."""
