"""What the caller can do with a case now, and what not and why: every trigger of the definition, and the acts beside.

The engine says what is possible; here it gets its words, its key and its address. A grey button keeps its reasons
beside it with the ways to mend them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from casework.cases.dossiers import Dossier
from casework.core.errors import Refusal
from casework.core.i18n import catalogue
from casework.matters.deadlines import LIVE
from casework.permissions import Subject, acting, permits, rules
from web import errors, identity, unit
from web.locales import words
from web.views import reference, wording
from workflows.cases import calling
from workflows.definition import Transition, Workflow
from workflows.engine import Moves


@dataclass(frozen=True, slots=True)
class Action:
    """Shape Action."""

    trigger: str
    label: str
    url: str
    key: str | None = None
    main: bool = False
    danger: bool = False
    method: str = "get"
    hint: str | None = None
    strong: str | None = None
    reasons: list[dict[str, Any]] = field(default_factory=list)
    short: str | None = None
    busy: str | None = None


def case_url(case: Any) -> str:
    """Return the address of a case."""
    return f"/cases/{case.number}"


def move_url(case: Any, trigger: str) -> str:
    """Return the address of the form of a step."""
    return f"/cases/{case.number}/moves/{trigger}"


@dataclass(frozen=True, slots=True)
class Desk:
    """A case before one caller: what they are to it and what they may do."""

    dossier: Dossier
    workflow: Workflow
    subject: Subject
    moves: Moves

    @property
    def case(self) -> Any:
        """The case itself."""
        return self.dossier.case

    def may(self, permission: str) -> bool:
        """Say whether the caller, or somebody they stand in for, may do this."""
        return acting(identity.actor(), permission, self.subject) is not None

    def rows(self) -> list[Action]:
        """Return every action, the main one first, the impossible ones last."""
        by_trigger = self.workflow.by_trigger
        can = [self._step(by_trigger[name]) for name in self.moves.available]
        can.sort(key=lambda each: not each.main)
        beside = self._beside()
        cannot = [
            self._grey(by_trigger[each.trigger], each.reasons)
            for each in self.moves.unavailable
            if self._is_told(by_trigger[each.trigger], each.reasons)
        ]
        rows = self._with_one_main([*can, *beside])
        if not rows:
            # Who only looks is not told step by step that it is not theirs.
            theirs = {each.trigger for each in self.moves.unavailable if self._codes(each.reasons) == {"not_your_role"}}
            cannot = [each for each in cannot if each.trigger not in theirs]
        return rows + cannot

    def _with_one_main(self, rows: list[Action]) -> list[Action]:
        """Fill one button only: the first of the main line, else whatever stands first."""
        place = next((n for n, each in enumerate(rows) if each.main), 0)
        order = [rows[place], *rows[:place], *rows[place + 1 :]] if rows else []
        return [_filled(each, main=n == 0) for n, each in enumerate(order)]

    def _step(self, transition: Transition) -> Action:
        case = self.case
        direct = transition.asks_nothing
        hint, strong = self._hint(transition)
        return Action(
            trigger=transition.trigger,
            label=wording.told(transition.label),
            url=move_url(case, transition.trigger),
            key=transition.key or None,
            main=transition.main,
            danger=transition.danger,
            method="post" if direct else "get",
            hint=hint,
            strong=strong,
        )

    def _hint(self, transition: Transition) -> tuple[str | None, str | None]:
        case, trigger = self.case, transition.trigger
        if trigger == "contact" and case.contacted_at is not None:
            return words("hint.contacted", when=wording.short_moment(case.contacted_at)), None
        if trigger == "resume" and case.suspended_until is not None:
            return words("hint.resume_until", day=wording.short_day(case.suspended_until)), None
        if trigger == "arbitrate":
            return words("hint.arbitrate", n=case.returns), None
        code = f"hint.{trigger}"
        return (words(code) if code in catalogue() else None), None

    def _beside(self) -> list[Action]:
        """Return the acts that are no steps: notes, more time, urging, co-units, money."""
        case = self.case
        made: list[Action] = []
        if case.state == "merged":
            return made
        if self.may("case.handle") and case.state in ("assigned", "coordinated"):
            made.append(self._act("progress", key="N"))
        if self.may("case.ask_extension") and case.state in ("assigned", "coordinated"):
            made.append(self._extension())
        if self.dossier.requests and self.may("case.decide_extension"):
            made += [self._decision(request) for request in self.dossier.requests]
        if self.may("case.urge") and case.state in ("assigned", "coordinated") and case.lead_org_id is not None:
            made.append(self._act("urge", key="U", org=reference.org_name(case.lead_org_id)))
        if case.state == "resolved" and self.may("case.call"):
            made.append(self._call())
        return made

    def _act(self, name: str, *, key: str | None = None, url: str | None = None, **params: Any) -> Action:
        hint = f"hint.{name}"
        return Action(
            trigger=name,
            label=words(f"act.{name}"),
            url=url or f"{case_url(self.case)}/{name}",
            key=key,
            hint=words(hint, **params) if hint in catalogue() else None,
        )

    def _extension(self) -> Action:
        clock = self._extendable()
        refusals = []
        if clock is None:
            refusals.append(Refusal("no_clock_to_extend"))
        elif unit.at() > clock.due_at:
            refusals.append(Refusal("extension_too_late"))
        if self.dossier.requests:
            refusals.append(Refusal("extension_pending"))
        url = f"{case_url(self.case)}/extensions/new"
        if refusals or clock is None:
            return Action("extend", words("act.extend"), url, reasons=self._reasons(refusals))
        until = wording.short_moment(clock.due_at)
        return self._act("extend", key="E", url=url, until=until)

    def _extendable(self) -> Any:
        live = [row for row in self.dossier.clocks if row.status in LIVE]
        return next((row for row in live if self.workflow.clocks[row.kind].extendable), None)

    def _decision(self, request: Any) -> Action:
        row, actor = request.row, identity.actor()
        url = f"{case_url(self.case)}/extensions/{row.id}"
        day = wording.short_day(row.until)
        if row.requested_by is not None and row.requested_by in (actor.person_id, actor.for_id):
            return Action("decide", words("act.decide"), url, reasons=self._reasons([Refusal("asker_cannot_decide")]))
        return self._act("decide", url=url, who=request.asked_by, day=day)

    def _call(self) -> Action:
        if calling.is_handler(self.case, identity.actor()):
            reasons = self._reasons([Refusal("handler_does_not_call")])
            return Action("call", words("act.call"), f"/followups/{self.case.id}", reasons=reasons)
        return self._act("call", url=f"/followups/{self.case.id}")

    def _is_told(self, transition: Transition, reasons: Sequence[Refusal]) -> bool:
        """Say whether an impossible step is worth a grey button: it stands ahead, or a rule alone is against it."""
        if all(reason.code not in ("not_from_here", "not_your_role") for reason in reasons):
            return True
        if not transition.main or transition.target is None or self.case.state not in self._line():
            return False
        if transition.target not in self._line():
            return False
        ahead = self._line().index(transition.target) > self._line().index(self.case.state)
        # What somebody else does and is not even due yet tells the reader nothing.
        return ahead and not (self._codes(reasons) >= {"not_from_here", "not_your_role"})

    def _codes(self, reasons: Sequence[Refusal]) -> set[str]:
        return {reason.code for reason in reasons}

    def _line(self) -> list[str]:
        return [state.name for state in self.workflow.main_line]

    def _grey(self, transition: Transition, refusals: Sequence[Refusal]) -> Action:
        label, url = wording.told(transition.label), move_url(self.case, transition.trigger)
        return Action(transition.trigger, label, url, reasons=self._reasons(refusals))

    def _reasons(self, refusals: Sequence[Refusal]) -> list[dict[str, Any]]:
        return [self._reason(refusal) for refusal in refusals]

    def _reason(self, refusal: Refusal) -> dict[str, Any]:
        case = self.case
        if refusal.code == "co_tasks_open":
            owing = [task for task in self.dossier.co_tasks if task.status == "open"]
            waive = [
                {"text": words("reason.waive"), "url": f"{case_url(case)}/co-tasks/{task.id}?do=waive"}
                for task in owing[:1]
                if self.may("case.waive_co_task")
            ]
            return {
                "strong": words("reason.co_tasks_open", n=len(owing)),
                "text": wording.joined([self._owing(task) for task in owing]) + words("reason.stop"),
                "remedies": waive,
            }
        if refusal.code == "not_from_here":
            return {"text": words("reason.not_yet", state=wording.told(self.workflow.states[case.state].label))}
        if refusal.code == "not_your_role":
            return {"text": words("reason.theirs", who=self._who_does(str(refusal.params.get("permission", ""))))}
        if refusal.code == "ruling_needed" and permits(identity.actor(), "case.arbitrate", self.subject):
            link = {"text": words("reason.rule_now"), "url": move_url(case, "arbitrate")}
            return {"strong": errors.sentences([refusal]), "remedies": [link]}
        if refusal.code == "unit_head_signs":
            link = {"text": words("reason.draft"), "url": move_url(case, "resolve")}
            return {"strong": errors.sentences([refusal]), "remedies": [link]}
        return {"strong": errors.sentences([refusal])}

    def _who_does(self, permission: str) -> str:
        """Say whose step it is: the handling unit's by name, the head's, or the office's."""
        relations = rules().permission.get(permission, ())
        if "unit" in relations and self.case.lead_org_id is not None:
            return reference.org_name(self.case.lead_org_id)
        return words("reason.head" if relations == ("head",) else "reason.office")

    def _owing(self, task: Any) -> str:
        name, day = self.dossier.name_of(task.org_id), wording.short_day(task.due_on)
        code = "reason.owes_late" if task.due_on < unit.today() else "reason.owes"
        return words(code, org=name, day=day)

    def who(self) -> str:
        """Say in which capacity the caller stands before this case: 县水利局 承办人."""
        actor, subject = identity.actor(), self.subject
        roles: dict[str, None] = {}
        for grant in actor.grants:
            over = grant.region is not None and subject.region_code.startswith(grant.region)
            orgs = {subject.lead_org_id, *subject.co_org_ids, *subject.former_org_ids}
            if over or (grant.org_id is not None and grant.org_id in orgs):
                org = reference.org_name(grant.org_id)
                roles[f"{org} {words(f'role.{grant.role}')}".strip()] = None
        if actor.person_id is not None and actor.person_id == subject.reported_by and not roles:
            roles[words("role.reporter")] = None
        return words("calendar.and").join(roles) or words("role.none")


def _filled(action: Action, *, main: bool) -> Action:
    if action.main == main or action.reasons:
        return action
    values = {name: getattr(action, name) for name in Action.__slots__}
    return Action(**{**values, "main": main})
