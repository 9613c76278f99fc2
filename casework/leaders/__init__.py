"""The leading group of a county's campaigns (领导小组), and leaders who look after a village or a township."""
