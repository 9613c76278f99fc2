"""All operations of the API, in the order of the document; importing this module declares them."""

from web.api import docs
from web.api.account import calendar_feeds, work
from web.api.admin import robots, webhooks
from web.api.assessment import assessments, spot_checks
from web.api.campaign import (
    activities,
    announcements,
    bulletins,
    campaign_records,
    duties,
    figures,
    leads,
    mentions,
    slogans,
    trainings,
)
from web.api.cases import (
    attachments,
    batches,
    case_ratings,
    cases,
    co_tasks,
    extensions,
    history,
    hot_topics,
    reveal,
    statistics,
    suggestions,
    transitions,
)
from web.api.consultations import (
    consultation_outcomes,
    consultation_parts,
    consultation_texts,
    consultation_years,
    consultations,
    polls,
    scheduling,
    text_versions,
    venues,
)
from web.api.exchange import dispatches
from web.api.links import handovers, households, links, members, residents
from web.api.money import fund_ledger, fund_records, funds
from web.api.operations import OPERATIONS, blueprint
from web.api.papers import papers
from web.api.registry import registry
from web.api.supervisions import supervisions

ROOMS = (
    *(cases, transitions, history, co_tasks, extensions, funds, attachments, reveal, suggestions),
    case_ratings,
    *(batches, work, fund_ledger, fund_records, figures, bulletins, assessments, spot_checks, statistics, hot_topics),
    *(registry, members, households, residents, links, handovers, supervisions),
    *(campaign_records, activities, announcements, trainings, duties, slogans, mentions, leads, dispatches),
    *(consultations, consultation_parts, consultation_texts, consultation_outcomes, venues),
    *(scheduling, polls),
    text_versions,
    consultation_years,
    *(calendar_feeds, webhooks, robots, papers, docs),
)
pages = docs.pages

__all__ = ["OPERATIONS", "ROOMS", "blueprint", "pages"]
