"""Cases: reported, listed, moved; files, questions, more time, proposals, figures."""
