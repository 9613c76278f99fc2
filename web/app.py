"""The web application: `create_app(office)`. The parts it is made of are listed here and nowhere else."""

from collections.abc import Sequence

from flask import Blueprint, Flask

from casework.core.office import Office
from web import application, health
from web.api import rooms
from web.open311 import doors as open311
from web.open311 import requests, services, updates  # noqa: F401 - imported for the doors they open
from web.pages import beside, link_options, options
from web.pages.account import calendar_feeds, login, password, profile, proof, second_factor, sso
from web.pages.activities import (
    activities,
    announcements,
    close_visits,
    duties,
    experiences,
    leads,
    member_homes,
    mentions,
    mine,
    slogans,
    trainings,
    visits,
)
from web.pages.admin import (
    accounts,
    admin,
    admin_audit,
    admin_calendar,
    admin_lists,
    admin_system,
    fates,
    palettes,
    retention,
    robots,
    sign_ons,
    webhooks,
)
from web.pages.assessment import assessments, sheet_adjusting, spot_checks
from web.pages.bulletins import bulletin_cells, bulletin_prose, bulletins
from web.pages.campaign import (
    campaign,
    figures,
    industries,
    industry_forms,
    projects,
    target_moves,
    targets,
    year_plans,
)
from web.pages.cases import (
    acts,
    batch,
    case_replies,
    cases,
    co_units,
    files,
    filters,
    followup_ratings,
    followups,
    moves,
    reveal,
    search,
)
from web.pages.consultations import (
    consultation_after,
    consultation_dates,
    consultation_days,
    consultation_minutes,
    consultation_papers,
    consultation_plans,
    consultation_polls,
    consultation_replies,
    consultation_venues,
    consultation_years,
    consultations,
)
from web.pages.exchange import dispatches, exchange, exports, personal_exports
from web.pages.links import handovers, households, incomes, leaders, links, members, suggestions
from web.pages.money import fund_totals, funds, money
from web.pages.papers import paper_prints, paper_templates, papers
from web.pages.public import consultation_opinion, link_letters, public, public_inbox
from web.pages.supervisions import supervision_forms, supervision_papers, supervisions
from web.pages.triage import hot_topics, intake, triage, triage_model
from web.pages.work import help as help_page
from web.pages.work import notices, overview, work
from web.views import counting

# Every room of the web with the path it begins at.
BLUEPRINTS: Sequence[tuple[Blueprint, str]] = (
    (health.blueprint, ""),
    (login.blueprint, ""),
    (sso.blueprint, ""),
    (sign_ons.blueprint, ""),
    (password.blueprint, ""),
    (second_factor.blueprint, ""),
    (proof.blueprint, ""),
    (profile.blueprint, ""),
    (calendar_feeds.blueprint, ""),
    (accounts.blueprint, ""),
    (public.blueprint, ""),
    (public_inbox.blueprint, ""),
    (admin.blueprint, ""),
    (admin_audit.blueprint, ""),
    (admin_system.blueprint, ""),
    (admin_calendar.blueprint, ""),
    (admin_lists.blueprint, ""),
    (palettes.blueprint, ""),
    (webhooks.blueprint, ""),
    (robots.blueprint, ""),
    (retention.blueprint, ""),
    (fates.blueprint, ""),
    (help_page.blueprint, ""),
    (work.blueprint, ""),
    (triage.blueprint, ""),
    (triage_model.blueprint, ""),
    (hot_topics.blueprint, ""),
    (cases.blueprint, ""),
    (intake.blueprint, ""),
    (moves.blueprint, ""),
    (acts.blueprint, ""),
    (co_units.blueprint, ""),
    (money.blueprint, ""),
    (files.blueprint, ""),
    (reveal.blueprint, ""),
    (papers.blueprint, ""),
    (paper_templates.blueprint, ""),
    (paper_prints.blueprint, ""),
    (filters.blueprint, ""),
    (search.blueprint, ""),
    (options.blueprint, ""),
    (beside.blueprint, ""),
    (overview.blueprint, ""),
    (campaign.blueprint, ""),
    (funds.blueprint, ""),
    (projects.blueprint, ""),
    (industries.blueprint, ""),
    (industry_forms.blueprint, ""),
    (activities.blueprint, ""),
    (fund_totals.blueprint, ""),
    (figures.blueprint, ""),
    (bulletins.blueprint, ""),
    (bulletin_cells.blueprint, ""),
    (assessments.blueprint, ""),
    (sheet_adjusting.blueprint, ""),
    (supervisions.blueprint, ""),
    (supervision_forms.blueprint, ""),
    (supervision_papers.blueprint, ""),
    (spot_checks.blueprint, ""),
    (personal_exports.blueprint, ""),
    (suggestions.blueprint, ""),
    (followups.blueprint, ""),
    (followup_ratings.blueprint, ""),
    (bulletin_prose.blueprint, ""),
    (case_replies.blueprint, ""),
    (members.blueprint, ""),
    (households.blueprint, ""),
    (incomes.blueprint, ""),
    (links.blueprint, ""),
    (link_options.blueprint, ""),
    (handovers.blueprint, ""),
    (leaders.blueprint, ""),
    (leads.blueprint, ""),
    (mine.blueprint, ""),
    (visits.blueprint, ""),
    (close_visits.blueprint, ""),
    (targets.blueprint, ""),
    (target_moves.blueprint, ""),
    (year_plans.blueprint, ""),
    (batch.blueprint, ""),
    (announcements.blueprint, ""),
    (trainings.blueprint, ""),
    (duties.blueprint, ""),
    (member_homes.blueprint, ""),
    (experiences.blueprint, ""),
    (mentions.blueprint, ""),
    (slogans.blueprint, ""),
    (consultations.blueprint, ""),
    (consultation_dates.blueprint, ""),
    (consultation_venues.blueprint, ""),
    (consultation_years.blueprint, ""),
    (consultation_days.blueprint, ""),
    (consultation_plans.blueprint, ""),
    (consultation_polls.blueprint, ""),
    (consultation_after.blueprint, ""),
    (consultation_opinion.blueprint, ""),
    (link_letters.blueprint, ""),
    (consultation_minutes.blueprint, ""),
    (consultation_papers.blueprint, ""),
    (consultation_replies.blueprint, ""),
    (notices.blueprint, ""),
    (exchange.blueprint, ""),
    (exports.blueprint, ""),
    (dispatches.blueprint, ""),
    (open311.blueprint, ""),
    (rooms.blueprint, "/api/v1"),
    (rooms.pages, "/api"),
)


def create_app(office: Office, *, blueprints: Sequence[tuple[Blueprint, str]] = BLUEPRINTS) -> Flask:
    """Make the application of an office. Starts nothing and touches no database."""
    return application.make(office, blueprints, frame=(open311.init, counting.watch))
