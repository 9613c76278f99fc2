"""Every table at once, for migrations, `verify` and tests: importing this module knows the whole schema."""

import casework.activities.tables
import casework.announcements.tables
import casework.assessment.tables
import casework.bulletins.tables
import casework.campaign.handover_tables
import casework.campaign.tables
import casework.cases.figures.tally_tables
import casework.cases.ratings.rating_tables
import casework.cases.tables
import casework.consultations.outcome_tables
import casework.consultations.tables
import casework.consultations.year_tables
import casework.dispatches.personal_tables
import casework.dispatches.tables
import casework.duties.tables
import casework.funds.tables
import casework.households.tables
import casework.industries.tables
import casework.leaders.tables
import casework.matters.search
import casework.matters.tables
import casework.matters.word_counts
import casework.members.tables
import casework.open311.tables
import casework.projects.tables
import casework.registry.tables
import casework.retention.tables
import casework.robots.tables
import casework.slogans.tables
import casework.supervisions.tables
import casework.templates.tables
import casework.triage.tables
import casework.webhooks.tables  # noqa: F401 - imported for the tables they declare
from casework.cases.figures.tally_triggers import watch
from casework.core.append_only import guard
from casework.core.database import Base

metadata = Base.metadata
guard(metadata)
watch(metadata)
