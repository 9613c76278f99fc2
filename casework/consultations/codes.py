"""The codes of consultations (contract.md "Consultations"); their labels are in the message catalogues."""

KINDS = ("youshi", "thematic")
SOURCES = ("public", "member", "department", "leader", "case_cluster")
PARTS = ("convenor", "member", "department", "stakeholder", "expert", "guest")
REPLIES = ("yes", "no", "maybe")
# What somebody who spoke is to what was proposed; against is dissent, and is put down as such.
AGAINST = "against"
POSITIONS = ("for", "conditional", AGAINST, "neutral")
SCORES = ("urgency", "breadth", "feasibility")
SATISFACTIONS = ("satisfied", "basically", "dissatisfied")
# States in which nothing can be changed any more but by the step that ends it.
# To a topic whose meeting has been held nothing is joined any more.
BEFORE_ITS_MEETING = ("collected", "screened", "approved", "scheduled", "notified", "postponed")
# A date that was made known and is not kept.
FALLEN = ("postponed", "cancelled")
ENDED = ("dropped", "cancelled", "archived")
# States in which a meeting has a date that still holds.
DATED = ("scheduled", "notified")
# The one of them in which those invited know of it.
KNOWN = ("notified",)
