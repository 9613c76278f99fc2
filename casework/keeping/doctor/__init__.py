"""What is wrong with this installation, each line with its cure. Looks only; `casework upgrade` and people mend."""
