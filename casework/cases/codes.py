"""The short code lists of a case that the contract fixes; their labels are in casework/locale/messages/cases.toml."""

KINDS = ("inquiry", "help", "suggestion", "complaint")
URGENCIES = ("normal", "urgent", "critical")
CHANNELS = ("visit", "phone", "letter", "web", "qr", "consultation", "superior", "import", "chat")
SATISFACTIONS = ("satisfied", "basically", "dissatisfied")
# What the reporter says to "is it solved"; null: nobody asked, or a file does not say.
SOLVED = ("yes", "no")
# Reached by the call back, and nobody knows whether they say it is solved.
NOT_ASKED = "not_asked"
RESULT_CLASSES = ("A", "B", "C", "D")
ROUTES = ("internal", "two_offices", "joint", "letter")
