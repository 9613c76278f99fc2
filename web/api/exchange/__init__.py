"""What goes out of the house: sheets upwards."""
