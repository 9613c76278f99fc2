"""The short code lists of a case that the contract fixes; their labels are in casework/locale/messages/cases.toml."""

KINDS = ("inquiry", "help", "suggestion", "complaint")
URGENCIES = ("normal", "urgent", "critical")
CHANNELS = ("visit", "phone", "letter", "web", "qr", "consultation", "superior", "import", "chat")
SATISFACTIONS = ("satisfied", "basically", "dissatisfied")
RESULT_CLASSES = ("A", "B", "C", "D")
ROUTES = ("internal", "two_offices", "joint", "letter")
