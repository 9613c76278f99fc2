"""All operations of the API, in the order of the document; importing this module declares them."""

from web.api import (
    activities,
    announcements,
    assessments,
    attachments,
    batches,
    bulletins,
    calendar_feeds,
    campaign_records,
    cases,
    co_tasks,
    consultation_outcomes,
    consultation_parts,
    consultation_texts,
    consultations,
    dispatches,
    docs,
    duties,
    extensions,
    figures,
    fund_ledger,
    funds,
    handovers,
    history,
    hot_topics,
    households,
    links,
    members,
    papers,
    registry,
    residents,
    reveal,
    slogans,
    spot_checks,
    statistics,
    suggestions,
    supervisions,
    trainings,
    transitions,
    venues,
    webhooks,
    work,
)
from web.api.operations import OPERATIONS, blueprint

ROOMS = (
    *(cases, transitions, history, co_tasks, extensions, funds, attachments, reveal, suggestions),
    *(batches, work, fund_ledger, figures, bulletins, assessments, spot_checks, statistics, hot_topics),
    *(registry, members, households, residents, links, handovers, supervisions),
    *(campaign_records, activities, announcements, trainings, duties, slogans, dispatches),
    *(consultations, consultation_parts, consultation_texts, consultation_outcomes, venues),
    *(calendar_feeds, webhooks, papers, docs),
)
pages = docs.pages

__all__ = ["OPERATIONS", "ROOMS", "blueprint", "pages"]
