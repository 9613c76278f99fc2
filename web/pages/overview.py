"""The leader's first page: figures, townships, rates, what needs a leader; no figure is computed here."""

from flask import Blueprint

blueprint = Blueprint("overview", __name__)
