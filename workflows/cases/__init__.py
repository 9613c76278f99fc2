"""What is written of a case beside its steps: reported, mended, split, asked about, urged, called back."""
