"""The guards of the engine: what each stops, how it is cut out of a copy of the project, and what must find that it is
gone. `cuts.py` replays them; docs/faults.md has them as a table.
"""

from __future__ import annotations

from dataclasses import dataclass

ACCEPTANCE, BRIDGE = "procore_sync/acceptance", "quickbooks_bridge"
CLAIMS, ENGINE = f"{ACCEPTANCE}/claims.py", f"{ACCEPTANCE}/engine.py"
LEASES, SETTLING = f"{ACCEPTANCE}/leases.py", f"{ACCEPTANCE}/settling.py"
OPERATIONS, JOURNAL = f"{ACCEPTANCE}/operations.py", f"{ACCEPTANCE}/journal.py"
QUARANTINE, BELL = f"{ACCEPTANCE}/quarantine.py", f"{ACCEPTANCE}/bell.py"
FLIGHTS, LINES = f"{BRIDGE}/flights.py", f"{BRIDGE}/line_flights.py"
BATCHES, COURIER, TOKENS = f"{BRIDGE}/batches.py", f"{BRIDGE}/courier.py", f"{BRIDGE}/tokens.py"
LIMITER, TRANSPORT, FAILURES = (f"{BRIDGE}/client/{name}.py" for name in ("limiter", "transport", "failures"))
BODIES = f"{BRIDGE}/client/bodies.py"
STAGE, SETTINGS = "tests/campaign/stage.py", "procore_sync/settings.py"
#: Path, what stands there, what is to stand there instead.
Edit = tuple[str, str, str]
MODEL = "model: "


@dataclass(frozen=True)
class Guard:
    """What keeps a promise. `by` is what finds that it is gone: the number of a fault, a test, or the model's promise.

    `says` is a part of what is said then, or of the test's name.
    """

    title: str
    stops: str
    how: str
    by: str
    says: str = ""
    edits: tuple[Edit, ...] = ()
    seed: int = 0

    @property
    def by_replay(self) -> bool:
        """Whether it is cut by `./console faults --cut`, and not by the model's own command."""
        return not self.by.startswith(MODEL)

    @property
    def in_memory(self) -> bool:
        """Whether a test finds it, and it is cut where that runs: settings and migrations are read before."""
        read_before = any(path == SETTINGS or "/migrations/" in path for path, _, _ in self.edits)
        return self.by_replay and not self.by.isdecimal() and not read_before

    @property
    def found_by(self) -> str:
        """As the table has it."""
        if self.by == f"{MODEL}nothing":
            return "nothing: it is a second belt"
        return f"fault {self.by}" if self.by.isdecimal() else self.by.replace("::", " ")


def _dropping(statement: str) -> Edit:
    """Take a constraint from the stage's database."""
    migrated = 'call_command("migrate", verbosity=0)\n    pace'
    return STAGE, migrated, migrated.replace("\n", f"\n    connection.cursor().execute({statement!r})\n", 1)


GUARDS = (
    # found by the model of the engine, and by the real engine led along its way (tests/model/guards.py)
    Guard(
        "a lease: nobody takes what a worker holds",
        "a second worker in the same call",
        "the sweep frees whatever flies",
        MODEL + "nobody loses a lease that holds",
    ),
    Guard(
        "leases end",
        "what a dead worker held, held for ever",
        "the sweep frees nothing",
        MODEL + "eventually decided",
    ),
    Guard(
        "the fence",
        "a worker that was frozen writes down what is not so any more",
        "settling compares no fence",
        MODEL + "a stale worker settles nothing",
    ),
    Guard(
        "the same request id is one document",
        "a call that hung and its repetition, two documents",
        "QuickBooks forgets request ids",
        MODEL + "at most once",
    ),
    Guard(
        "look before repeating",
        "sending again what may have been written",
        "without an answer it is due",
        MODEL + "at most once",
    ),
    Guard(
        "a second look, since the search lags",
        "taking a search that lags for an answer",
        "one look is enough",
        MODEL + "at most once",
    ),
    Guard(
        "the long pause after a batch",
        "a batch that is still being carried out, and its repetition",
        "the pause is that of a single call",
        MODEL + "at most once",
    ),
    Guard(
        "a worker asks before it writes",
        "a frozen worker writes a batch a second time",
        "`may_write` says yes",
        MODEL + "at most once",
    ),
    Guard(
        "what may have been written goes alone",
        "a repetition that no request id protects",
        "it may go along in a batch",
        MODEL + "at most once",
    ),
    Guard(
        "look before a new request id",
        "a person who tries again while the first call hangs",
        "no look",
        MODEL + "at most once",
    ),
    Guard(
        "one flight a lane (unique index)",
        "a change order into an order that is just being changed",
        "the index is dropped",
        MODEL + "one change of a document at a time",
    ),
    Guard(
        "compare-and-set of the claim",
        "two workers who read the same row",
        "no comparison in `take`",
        MODEL + "nothing",
    ),
    Guard(
        "attempts are numbered (unique index)",
        "two workers who read the same row",
        "the constraint is dropped",
        MODEL + "nothing",
    ),
    Guard(
        "both: compare-and-set of the claim, numbered attempts",
        "two workers who read the same row",
        "both",
        MODEL + "record and submission say the same",
    ),
    Guard(
        "compare-and-set of the sweep",
        "a lease that was renewed while the sweep looked",
        "no comparison in `_expire_leases`",
        MODEL + "nobody loses a lease that holds",
    ),
    Guard(
        "compare-and-set of `move`",
        "two decisions about one record",
        "no comparison in `journal._write`",
        MODEL + "one decision",
    ),
    Guard(
        "what is accepted was seen (digest)",
        "posting what nobody saw",
        "no comparison in `operations.accept`",
        MODEL + "what is accepted was seen",
    ),
    Guard(
        "above the amount two accept",
        "much money decided by one alone",
        "no acceptance is a first one",
        MODEL + "two people have accepted it",
    ),
    Guard(
        "the second approver is another",
        "one person who is both approvers",
        "who accepted first may accept again",
        MODEL + "nothing",
    ),
    Guard(
        "two approvers are two people (constraint)",
        "one person who is both approvers",
        "no constraint",
        MODEL + "nothing",
    ),
    Guard(
        "both: the second approver is another, the constraint",
        "one person who is both approvers",
        "both",
        MODEL + "two people have accepted it",
    ),
    Guard(
        "the record is locked on its way",
        "an answer that cannot be written down",
        "`revise` asks for no lock",
        MODEL + "an answer that came is written down",
    ),
    Guard(
        "the frozen posting",
        "posting what was edited after the acceptance",
        "what stands in the record is sent",
        MODEL + "nothing",
    ),
    Guard(
        "both: the frozen posting, the lock",
        "posting what was edited after the acceptance",
        "both",
        MODEL + "what was accepted is what is posted",
    ),
    Guard(
        "what is required comes first",
        "a bill before its order",
        "`_missing` finds nothing",
        MODEL + "what is required comes first",
    ),
    Guard(
        "a claim is of the acceptance that was read",
        "the terms of an acceptance that was taken back",
        "`take` compares work and fence alone",
        MODEL + "what was accepted is what is posted",
    ),
    Guard(
        "what is repeated is judged by a reading",
        "green by what QuickBooks said before it was changed there",
        "the answer is judged as it came",
        MODEL + "green is what stands there",
    ),
    Guard(
        "each of a batch is settled by itself",
        "one stale claim that holds twenty-nine answers",
        "a batch is settled as a whole or not",
        MODEL + "an answer that came is written down",
    ),
    # claims
    Guard(
        "a submission that flies is claimed by nobody else, and only as it was read",
        "two workers in one call",
        "`claim` and `take` take any that is not done",
        "16",
        "has no outcome",
        (
            (
                CLAIMS,
                "submission = _due().filter(pk=submission_id, work__in=WAITABLE).first() if _is_due(submission_id) else None",
                'submission = Submission.objects.select_related("item", "company").filter(pk=submission_id)'
                ".exclude(work=Work.DONE).first()",
            ),
            (
                CLAIMS,
                "if as_read.filter(due_at__lte=Now()).update(**_flying()) != 1:",
                "if Submission.objects.filter(pk=submission.pk).update(**_flying()) != 1:",
            ),
        ),
    ),
    Guard(
        "what is done is never claimed",
        "a second call for a message that comes after the end",
        "it stays due when it is done, and a claim asks for its number only",
        "4",
        "carried again after its end",
        (
            (
                CLAIMS,
                "submission = _due().filter(pk=submission_id, work__in=WAITABLE).first() if _is_due(submission_id) else None",
                'submission = Submission.objects.select_related("item", "company").filter(pk=submission_id).first()',
            ),
            (
                CLAIMS,
                "if as_read.filter(due_at__lte=Now()).update(**_flying()) != 1:",
                "if Submission.objects.filter(pk=submission.pk).update(**_flying()) != 1:",
            ),
        ),
    ),
    Guard(
        "the intent is written before the call",
        "a call of which nobody would know after a crash",
        "`_opened` writes no attempt; it is written when it is closed",
        "2",
        "no sending lost its worker",
        ((CLAIMS, "    Attempt.objects.bulk_create([each.attempt for each in claims])\n", ""),),
    ),
    Guard(
        "no intent, no call: a disk without room stops what is sent",
        "a document in the books that nothing here tells of",
        "the same",
        "43",
        "calls came under the request id",
        ((CLAIMS, "    Attempt.objects.bulk_create([each.attempt for each in claims])\n", ""),),
    ),
    Guard(
        "due times by the database's clock",
        "waiting for ten minutes on a host that is ahead",
        "`_make_due` and `_accept` take the host's",
        "37",
        "stuck",
        (
            (OPERATIONS, "else Now(),\n        request_id", "else timezone.now(),\n        request_id"),
            (
                OPERATIONS,
                "filter(pk=submission.pk).update(due_at=Now(), rung_at=Now()",
                "filter(pk=submission.pk).update(due_at=timezone.now(), rung_at=Now()",
            ),
        ),
    ),
    Guard(
        "what is put off while its need arrives is let go at once",
        "a minute of waiting for what is there already",
        "`_let_go` looks at nothing",
        "tests/acceptance/test_engine.py",
        "comes_between_the_look_and_the_putting_off",
        ((CLAIMS, "transaction.on_commit(partial(_let_go, needing))", "pass"),),
    ),
    Guard(
        "what may yet be carried out is waited for before the record is sent anew",
        "a look that is too early, and the second document after it",
        "`_obstacles` asks for no earlier sending",
        "tests/quickbooks_bridge/test_courier.py",
        "given_up_and_is_carried_out_late",
        ((CLAIMS, "missing = _missing(submissions) | _not_over(submissions)", "missing = _missing(submissions)"),),
    ),
    Guard(
        "an earlier sending is looked for before the record is sent anew",
        "reject, edit and send again while the first call hangs: two documents",
        "`_sent` sends without looking",
        "tests/quickbooks_bridge/test_bills.py",
        "given_up_and_is_carried_out_late",
        ((COURIER, "(None if flight.link else _left_earlier(flight, row)) or flight.send()", "flight.send()"),),
    ),
    # leases
    Guard(
        "a call that takes long keeps its lease",
        "a second worker in a call that only takes its time",
        "no keeper renews it",
        "tests/acceptance/test_leases.py",
        "takes_longer_than_a_lease",
        ((LEASES, "    _keeper.keep(lease)\n", ""),),
    ),
    Guard(
        "what has hung is not kept for ever",
        "a record that hangs with its worker",
        "`may_be_kept` says yes",
        "tests/acceptance/test_leases.py",
        "has_hung_longer",
        ((LEASES, "return not self.lost and clock() - self.since < settings.CELERY_TASK_TIME_LIMIT", "return True"),),
    ),
    Guard(
        "the read time-out",
        "workers that wait for an answer that never comes",
        "115 seconds",
        "8",
        "fault",
        ((STAGE, '"LOG_LEVEL": "WARNING",', '"LOG_LEVEL": "WARNING", "QUICKBOOKS_READ_TIMEOUT": "115",'),),
    ),
    # the sweep
    Guard(
        "leases end by the sweep",
        "what a dead worker held, held for ever",
        "`sweep` ends none",
        "2",
        "stuck",
        ((ENGINE, "    _expire_leases()\n    for", "    for"),),
    ),
    Guard(
        "what lost its worker is uncertain",
        "sending again what may have been written",
        "`after_crash` makes it due",
        "2",
        "repeats what may have been written",
        ((QUARANTINE, '{"work": Work.UNCERTAIN, "crashes"', '{"work": Work.DUE, "crashes"'),),
    ),
    Guard(
        "the sweep rings for what is due",
        "a record forgotten with its bell",
        "`sweep` rings for nothing",
        "19",
        "stuck",
        ((ENGINE, "        if rung:\n            ring(submission_id)\n", ""),),
    ),
    Guard(
        "a record of which workers die is set aside",
        "a queue that one record stops",
        "no death is counted",
        "38",
        "deaths",
        ((QUARANTINE, "crashes = submission.crashes + 1 if alone else submission.crashes", "crashes = 0"),),
    ),
    Guard(
        "only who was carried alone is blamed",
        "thirty records set aside for one",
        "every death counts",
        "tests/acceptance/test_quarantine.py",
        "innocent_of_a_batch",
        ((QUARANTINE, "alone = attempt is not None and attempt.request_id == submission.request_id", "alone = True"),),
    ),
    # settling
    Guard(
        "a lost answer leaves it uncertain: look before repeating",
        "sending again what may have been written",
        "`_columns` makes it due",
        "5",
        "repeats what may have been written",
        ((SETTLING, '{"work": Work.UNCERTAIN, "tries"', '{"work": again, "tries"'),),
    ),
    Guard(
        "two looks before a repetition",
        "taking a search that lags for an answer",
        "one look is enough",
        "6",
        "repeats what may have been written",
        ((SETTLING, "if absences < _looks(submission):", "if False:"),),
    ),
    Guard(
        "settling is repeated after the database's error",
        "an answer that came, lost by a deadlock",
        "it is tried once",
        "21",
        "was not settled by who had the answer",
        ((SETTLING, "_PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0, 4.0)", "_PAUSES: tuple[float, ...] = ()"),),
    ),
    Guard(
        "what waited for a record goes when it is there",
        "a minute for each record that needs another",
        "nobody is released",
        "16",
        "stuck",
        ((SETTLING, "        release_dependents(arrived)\n", "        pass\n"),),
    ),
    Guard(
        "a refusal is for a person",
        "the same question for ever, while nobody knows",
        "it is repeated like what was never sent",
        "35",
        "failed",
        (
            (
                SETTLING,
                "if kind in (OutcomeKind.REFUSED, OutcomeKind.DONE):",
                "if kind == OutcomeKind.REFUSED:\n"
                '        return {"work": again, "reason": outcome.sentence, "due_at": Now() + timedelta(seconds=1)}\n'
                "    if kind == OutcomeKind.DONE:",
            ),
            (
                SETTLING,
                "if one[1].kind in (OutcomeKind.DONE, OutcomeKind.REFUSED)]",
                "if one[1].kind == OutcomeKind.DONE]",
            ),
        ),
    ),
    Guard(
        "a 429 burns no try",
        "a record that stops since others were many",
        "it counts one",
        "10",
        "a throttled call has burnt a try",
        (
            (
                SETTLING,
                'return {"work": again, "reason": outcome.sentence, "due_at": Now() + timedelta(seconds=seconds), **cure}',
                'return {"work": again, "tries": submission.tries + 1, "reason": outcome.sentence, '
                '"due_at": Now() + timedelta(seconds=seconds), **cure}',
            ),
        ),
    ),
    # the engine
    Guard(
        "a failure of ours in mid-call leaves it unknown",
        "a claim that is lost with its reason",
        "it is let out",
        "tests/acceptance/test_engine.py",
        "its_own_failure_in_mid_call",
        (
            (
                ENGINE,
                '        logger.exception("The courier broke on',
                '        raise\n        logger.exception("The courier broke on',
            ),
        ),
    ),
    # people
    Guard(
        "a status is written by compare-and-set",
        "two decisions about one record",
        "no comparison in `journal.move_many`",
        "22",
        "presses at once",
        ((JOURNAL, "same.filter(status=first.before, revision=first.item.revision)", "same"),),
    ),
    Guard(
        "the loser of two sees the record as it stands now",
        "deciding by what is not so any more",
        "a bare refusal in place of the conflict screen",
        "23",
        "the conflict screen does not say",
        (
            (
                f"{ACCEPTANCE}/views.py",
                "            return _conflict(request, pk, refusal)\n",
                "            raise\n",
            ),
        ),
    ),
    Guard(
        "an acceptance is of the digest that was seen",
        "posting what nobody saw",
        "no comparison in `operations.accept`",
        "24",
        "fault",
        ((OPERATIONS, "if submission.digest != seen:", "if False:"),),
    ),
    Guard(
        "a write of the API with a key is done once",
        "a program that repeats itself, told that it was too late",
        "the key is not claimed",
        "25",
        "the call repeated was answered 409",
        (
            (
                "procore_sync/accounts/idempotency.py",
                "            self._claimed = claim(request)\n",
                "            pass\n",
            ),
        ),
    ),
    Guard(
        "a record on its way is locked",
        "an edit that is neither sent nor told of",
        "`LOCKED` without *exporting*",
        "26",
        "was edited while it is on its way",
        (
            (
                f"{ACCEPTANCE}/states.py",
                "LOCKED = frozenset({Status.SENT, Status.EXPORTING,",
                "LOCKED = frozenset({Status.SENT,",
            ),
        ),
    ),
    Guard(
        "nothing is sent twice unchanged",
        "a second decision about the same",
        "no such check in `unmet_for_sending`",
        "36",
        "was sent once more",
        ((OPERATIONS, "if item.status == Status.SYNCED and not item.is_changed:", "if False:"),),
    ),
    Guard(
        "who sent it does not accept it",
        "money decided by one alone",
        "four eyes are not asked for",
        "tests/acceptance/test_operations.py",
        "keeps_the_sender_from_accepting",
        ((OPERATIONS, "if item.company.four_eyes and submission.sent_by_id == by.pk:", "if False:"),),
    ),
    Guard(
        "of two first acceptances at once one is first",
        "a first acceptance that writes over another",
        "`write_acceptance` compares the decision only",
        "tests/acceptance/test_amount_rules.py",
        "of_two_who_accept_at_once_the_later_looks_again",
        (
            (
                f"{ACCEPTANCE}/first_of_two.py",
                'for name in ("decision", "first_by", "first_posting")}',
                'for name in ("decision",)}',
            ),
        ),
    ),
    Guard(
        "both accept the same posting",
        "posting what only one of two has seen",
        "no comparison in `why_lapsed`",
        "tests/acceptance/test_amount_rules.py",
        "a_posting_that_has_changed_is_accepted_by_two",
        ((f"{ACCEPTANCE}/amount_rules.py", "if submission.first_posting != fingerprint_of(posting):", "if False:"),),
    ),
    Guard(
        "no policy is one of the two",
        "much money that nobody has looked at",
        "Direct Export does not ask for the amount of two",
        "tests/acceptance/test_amount_rules.py",
        "direct_export_goes_as_far_as_the_amounts_let_it",
        (
            (
                f"{ACCEPTANCE}/models.py",
                "not in self.KINDS or self.needs_two(amount):",
                "not in self.KINDS:",
            ),
        ),
    ),
    Guard(
        "a check that says stop",
        "accepting what QuickBooks will not take",
        "none stops",
        "tests/acceptance/test_operations.py",
        "against_a_check_that_says_stop",
        ((OPERATIONS, "    if stops:\n        raise NotReady(stops)\n", ""),),
    ),
    Guard(
        "an edit is of the last revision",
        "the edit of somebody else, lost",
        "no comparison in `revise`",
        "tests/acceptance/test_operations.py",
        "revision_that_is_not_the_last",
        (
            (
                f"{ACCEPTANCE}/items.py",
                "filter(pk=item.pk, status=item.status, revision=item.revision).update(",
                "filter(pk=item.pk).update(",
            ),
        ),
    ),
    Guard(
        "what a worker has taken up is not taken back",
        "undecided, and in the books",
        "`undo` asks for no fence",
        "tests/acceptance/test_undo.py",
        "has_left",
        (
            (
                OPERATIONS,
                "as_held = Submission.objects.filter(pk=submission.pk, work=Work.DUE, fence=0, generation=0)\n"
                "    if not submission.is_held or",
                "as_held = Submission.objects.filter(pk=submission.pk)\n    if",
            ),
        ),
    ),
    Guard(
        "what may stand in the books is not given back",
        "sending anew what is there",
        "`reject` does not ask",
        "tests/acceptance/test_quarantine.py",
        "not_given_back",
        ((OPERATIONS, "    if may_stand_there(item):\n        raise IllegalMove(gettext(MAY_STAND_THERE))\n", ""),),
    ),
    # the bell
    Guard(
        "a bell that cannot be rung fails nothing",
        "an acceptance lost with Redis",
        "`ring` lets the error out",
        "18",
        "OperationalError",
        (
            (
                BELL,
                "countdown=seconds)\n    except (OperationalError, OSError) as error:\n",
                "countdown=seconds)\n    except ZeroDivisionError as error:\n",
            ),
        ),
    ),
    Guard(
        "a bell is not tried again while a person waits",
        "six seconds an acceptance while Redis is away",
        "`max_retries` taken out of the settings",
        "tests/acceptance/test_bell.py",
        "keeps_nobody_waiting",
        ((SETTINGS, '    "max_retries": 0,\n', ""),),
    ),
    Guard(
        "a page says that Redis does not answer",
        "looking for the cause in vain",
        "`silence` says nothing",
        "18",
        "does not say that the bell is silent",
        ((BELL, "return gettext(_SILENT)", 'return ""'),),
    ),
    Guard(
        "SIGTERM ends a worker warmly",
        "answers lost by every deployment",
        "workers begin with `REMAP_SIGTERM=SIGQUIT`",
        "40",
        "lost its answer",
        ((STAGE, '"LOG_LEVEL": "WARNING",', '"LOG_LEVEL": "WARNING", "REMAP_SIGTERM": "SIGQUIT",'),),
    ),
    # looks
    Guard(
        "a look finds names by our mark",
        "a vendor that is there and is taken to be absent",
        "`Flight._find_new` finds none",
        "5",
        "stuck",
        ((FLIGHTS, "        for row in rivals:\n", "        for row in rivals[:0]:\n"),),
    ),
    Guard(
        "a name is ours only if it is equal and not older than our first try",
        "a bookkeeper's vendor that is taken for ours",
        "`Flight._find_new` takes whoever has the name",
        "tests/quickbooks_bridge/test_courier.py",
        "made_by_somebody_else_is_not_ours",
        (
            (
                FLIGHTS,
                "            if self.exporter.is_ours(self.payload, row, self.reference, since):\n",
                "            if row:\n",
            ),
        ),
    ),
    Guard(
        "a name that a lost try of ours has taken is ours",
        "a record that is refused since it is there already",
        "`_after_duplicate` asks for no earlier try",
        "tests/quickbooks_bridge/test_courier.py",
        "our_own_lost_try_has_taken",
        ((FLIGHTS, "        if self._may_have_written():\n", "        if False:\n"),),
    ),
    Guard(
        "a look finds orders and bills by their mark",
        "an order or bill that is there and is taken to be absent",
        "`LineFlight._find_new` finds none",
        "5",
        "was not found by a look",
        (
            (
                LINES,
                'if self.exporter.is_marked(row, self._frozen["PrivateNote"]):\n                return',
                "if False:\n                return",
            ),
        ),
    ),
    Guard(
        "a look finds a change in the linked document",
        "a change order that is there and is taken to be absent",
        "`LineFlight._judge_linked` says absent",
        "5",
        "was not found by a look",
        ((LINES, "return absent if self.exporter.compare(payload, current) else", "return absent if payload else"),),
        seed=1,
    ),
    Guard(
        "what a look finds is not another record's",
        "two records linked to one document",
        "`_unless_taken` takes it",
        "tests/quickbooks_bridge/test_courier.py",
        "another_record_here",
        ((FLIGHTS, "        if taken is None:\n            return None\n", "        return None\n"),),
    ),
    # writing
    Guard(
        "what somebody changed there is not written over",
        "the bookkeeper's work, lost in silence",
        "no look at what would be lost",
        "32",
        "failed",
        (
            (
                FLIGHTS,
                "        if lost and not self._was_shown(lost):\n            return self._drifted(link, lost)\n        full = self.exporter.merge(current, self.payload)\n",
                "        full = self.exporter.merge(current, self.payload)\n",
            ),
        ),
    ),
    Guard(
        "a stale SyncToken is read again",
        "a refusal since somebody wrote a moment ago",
        "it is not",
        "tests/quickbooks_bridge/test_courier.py",
        "between_our_reading_and_writing",
        (
            (
                FLIGHTS,
                "            if failure.kind is not FaultKind.STALE:\n                raise\n        return self._write_over()",
                "            raise",
            ),
        ),
    ),
    Guard(
        "green is what was compared",
        "green that means nothing",
        "`done` says verified, whatever differs",
        "tests/quickbooks_bridge/test_courier.py",
        "never_green",
        ((f"{BRIDGE}/outcomes.py", "        verified=not differences,\n", "        verified=True,\n"),),
    ),
    Guard(
        "lines come to the total",
        "a cent too much",
        "no comparison in `LineExporter.problems`",
        "42",
        "was accepted with a cent too much",
        ((f"{BRIDGE}/exporters/lines.py", "        if total != said:\n", "        if False:\n"),),
    ),
    # batches
    Guard(
        "a batch without an answer is unknown, so each of its items is looked for",
        "thirty documents taken to be absent",
        "told as not sent",
        "34",
        "stuck",
        ((BATCHES, "    if fault.kind not in _OF_THE_BATCH:\n        return fault\n", ""),),
    ),
    Guard(
        "a batch that is refused as a whole lets each go by itself",
        "thirty records stopped for one",
        "the refusal is each one's",
        "tests/quickbooks_bridge/test_batches.py",
        "refused_as_a_whole",
        ((BATCHES, "    if fault.kind not in _OF_THE_BATCH:\n", "    if fault:\n"),),
    ),
    # what a failure means
    Guard(
        "a 5xx leaves it unknown",
        "repeating what was written",
        "it counts as not sent",
        "5",
        "no attempt met 500 after its write",
        (
            (
                f"{BRIDGE}/outcomes.py",
                "FaultKind.UNKNOWN: OutcomeKind.UNKNOWN,",
                "FaultKind.UNKNOWN: OutcomeKind.NOT_SENT,",
            ),
        ),
    ),
    Guard(
        "a connection that broke off leaves it unknown",
        "repeating what was written",
        "it counts as not sent",
        "7",
        "no attempt lost its connection",
        (
            (
                FAILURES,
                'return of_entry("silence" if timed_out else "broke_off", writes=writes)',
                'return of_entry("silence", writes=writes) if timed_out else of_entry("unreached")',
            ),
        ),
    ),
    Guard(
        "a connection that was refused has sent nothing",
        "looking for what cannot be there",
        "it counts as unknown",
        "9",
        "nobody is reached did not happen",
        ((FAILURES, "if any(isinstance(cause, _BEFORE_SENDING) for cause in causes):", "if False:"),),
    ),
    # limits
    Guard(
        "a 429 pauses the company",
        "running on into a closed door",
        "it does not",
        "10",
        "the company pauses after 429_xml",
        ((COURIER, "            if _holds_all(outcome):\n", "            if False:\n"),),
    ),
    Guard(
        "calls are counted by all workers together",
        "more calls than QuickBooks allows",
        "the limits of a second and a minute are not asked",
        "tests/quickbooks_bridge/client/test_limiter.py",
        "",
        ((LIMITER, "if wait > 0 or ARGV[5] == '' then return wait end", "if ARGV[5] == '' then return wait end"),),
    ),
    Guard(
        "without Redis nothing is sent",
        "calls that nobody counts",
        "a Redis that is away gives leave",
        "tests/quickbooks_bridge/client/test_limiter.py",
        "",
        (
            (
                LIMITER,
                '            raise LimiterDown("Redis does not answer, so the limits of QuickBooks cannot be kept and nothing is sent.")\n',
                "            return 0.0\n",
            ),
        ),
    ),
    # the sign-in
    Guard(
        "a 401 is resent once with the new token",
        "a company closed for a token of an hour ago",
        "it is not",
        "11",
        "renewals for",
        ((TRANSPORT, "        if received.status == 401:\n", "        if False:\n"),),
    ),
    Guard(
        "one process renews at a time",
        "a sign-in that ends since two used one token",
        "the lease of the renewal is not asked for",
        "12",
        "the renewals were answered",
        ((TOKENS, "            free, pk=self._id,", "            pk=self._id,"),),
    ),
    Guard(
        "an ended sign-in closes the company",
        "asking for ever with what is not taken",
        "it does not",
        "14",
        "the company is closed",
        ((TOKENS, "            needs_login(self._id, version, fault.sentence)\n", "            pass\n"),),
    ),
    Guard(
        "its administrators are mailed",
        "a closed company that nobody knows of",
        "they are not",
        "14",
        "mails went to",
        ((TOKENS, "            _tell_administrators(Connection", "            str(Connection"),),
    ),
    Guard(
        "a new sign-in wakes what waits for it",
        "minutes after the cure",
        "neither it does nor the look that follows it",
        "14",
        "did not go on at once",
        (
            (
                f"{BRIDGE}/connecting.py",
                '            engine.wake(row.company_id, reverse("quickbooks_bridge:connection"))\n            if',
                "            if",
            ),
            (f"{BRIDGE}/reconciling/ahead.py", "    if not left:\n        _let_go(row.company_id)\n", ""),
        ),
    ),
    Guard(
        "records that are linked bind their company to one QuickBooks company",
        "documents in the books of another company",
        "a second may be chosen",
        "15",
        "stuck",
        (
            (
                f"{BRIDGE}/connecting.py",
                "existing.realm_id != realm and _is_bound(existing):",
                "existing.realm_id != realm and False:",
            ),
        ),
    ),
    Guard(
        "what was accepted for another company never flies to this one",
        "account 33 of other books",
        "`of_other_books` refuses nothing",
        "tests/quickbooks_bridge/test_currencies.py",
        "accepted_for_another_company",
        ((f"{BRIDGE}/gates.py", 'if one.posting.get("ledger", "") not in ("", row.realm_id)]', "if False]"),),
    ),
    Guard(
        "nothing is sent before somebody has looked and settled",
        "what a restored backup has forgotten, written again",
        "`not_looked` and the stop while the ledger is ahead taken out",
        "39",
        "before anything was settled",
        (
            (COURIER, "sending_obstacle_of(row) or not_looked(row) or", "sending_obstacle_of(row) or"),
            (f"{BRIDGE}/connections.py", "    if row.ahead:\n", "    if False:\n"),
        ),
    ),
    Guard(
        "a look counts for the database that it was made from",
        "a backup that is put back under running workers, written again",
        "`is_looked` does not compare it",
        "tests/quickbooks_bridge/reconciling/test_ahead.py",
        "put_back_under_a_running_process",
        ((f"{BRIDGE}/reconciling/gate.py", " and row.looked_in == row.read_in\n", "\n"),),
    ),
    # webhooks
    Guard(
        "a post is signed",
        "anybody who tells us what was deleted",
        "`is_signed` says yes",
        "30",
        "forged posts were answered [200",
        (
            (
                f"{BRIDGE}/watching/deliveries.py",
                'return hmac.compare_digest(expected, signature.encode(errors="replace"))',
                "return bool(expected)",
            ),
        ),
    ),
    Guard(
        "the same post is one delivery",
        "one change, told twice",
        "the digest of a post has the time in it",
        "27",
        "no post",
        (
            (
                f"{BRIDGE}/watching/deliveries.py",
                "digest=sha256(body).hexdigest(),",
                "digest=sha256(body + str(timezone.now()).encode()).hexdigest(),",
            ),
        ),
    ),
    Guard(
        "a webhook is a hint, and the document is read",
        "believing that a document is gone",
        "what is not at once to be read is gone",
        "tests/quickbooks_bridge/watching/test_hints.py",
        "",
        (
            (
                f"{BRIDGE}/watching/sweeps.py",
                "gone = [] if hints else links.settled_among(self._company_id, entity, absent)",
                "gone = absent if hints else links.settled_among(self._company_id, entity, absent)",
            ),
        ),
    ),
    Guard(
        "the watch is told of what is gone",
        "a deleted order that stays green",
        "`announce` does not",
        "33",
        "its card says",
        ((f"{BRIDGE}/watching/handing.py", "    if deleted:\n        into", "    if False:\n        into"),),
    ),
    Guard(
        "a later state of a payment is taken",
        "money that is not what was paid",
        "the first state stays",
        "41",
        "and paid were",
        (
            (
                f"{BRIDGE}/importers/bill_mirror.py",
                "    return known if _is_later(known, row) else row\n",
                "    return known\n",
            ),
        ),
    ),
    # input
    Guard(
        "a name in a query is quoted",
        "a query that says what its writer wants",
        "it is not",
        "44",
        "fault",
        ((FLIGHTS, "{self.exporter.name_field} = {quote(name)} AND", "{self.exporter.name_field} = '{name}' AND"),),
    ),
    Guard(
        "a formula is no formula in a file",
        "a spreadsheet that runs what a vendor is called",
        "`escape_cell` leaves it",
        "44",
        "begins with",
        (
            (
                "procore_sync/kit/files.py",
                'isinstance(value, str) and value.lstrip(" ").startswith(_STARTS_A_FORMULA)',
                "False",
            ),
        ),
    ),
    # the database
    Guard(
        "the journal is written by one at a time",
        "two rows with one number",
        "the head is not locked, and the numbers may repeat",
        "22",
        "the journal breaks",
        (
            (JOURNAL, "JournalHead.objects.select_for_update().filter(", "JournalHead.objects.filter("),
            _dropping("ALTER TABLE acceptance_event DROP CONSTRAINT one_event_a_sequence"),
        ),
    ),
    Guard(
        "the journal is append-only (trigger)",
        "a row changed by hand",
        "no trigger",
        "tests/acceptance/test_journal.py",
        "postgresql_refuses",
        (
            (
                f"{ACCEPTANCE}/migrations/0002_journal_is_append_only.py",
                '    if schema_editor.connection.vendor == "postgresql":',
                "    if False:",
            ),
        ),
    ),
    Guard(
        "each row of the journal holds the hash of the one before",
        "a row that is changed and not noticed",
        "hashes are not compared",
        "tests/acceptance/test_journal.py",
        "changed_comment",
        (
            (
                f"{ACCEPTANCE}/chain.py",
                "if ring.content is not None and ring.hash != digest(ring.content):",
                "if False:",
            ),
        ),
    ),
    # what else a test finds
    Guard(
        "nothing leaves before its time",
        "a record that is sent while its acceptance may be taken back",
        "`_due` and `take` ask for no time",
        "tests/acceptance/test_undo.py",
        "nothing_leaves_before_its_time",
        (
            (
                CLAIMS,
                'return Submission.objects.select_related("item", "company").filter(due_at__lte=Now())',
                'return Submission.objects.select_related("item", "company").all()',
            ),
            (
                CLAIMS,
                "if as_read.filter(due_at__lte=Now()).update(**_flying()) != 1:",
                "if as_read.update(**_flying()) != 1:",
            ),
        ),
    ),
    Guard(
        "a reason has a length",
        "megabytes in the journal for ever",
        "none",
        "tests/acceptance/test_operations.py",
        "longer_than_the_form_takes",
        ((OPERATIONS, "if _is_too_long(comment):", "if False:"),),
    ),
    Guard(
        "worker and beat leave word that they live",
        "a page that says all is well while nobody works",
        "`note_alive` notes nothing",
        "tests/quickbooks_bridge/test_health.py",
        "worker_and_beat_live",
        (
            (
                f"{ACCEPTANCE}/heartbeats.py",
                "    if now - _noted.get(name, -_EVERY_SECONDS) < _EVERY_SECONDS:\n",
                "    if now:\n",
            ),
        ),
    ),
    Guard(
        "an order of our number is ours by our mark only",
        "the order of somebody else, linked and written over",
        "`LineFlight._find_new` takes any",
        "tests/quickbooks_bridge/test_documents.py",
        "without_our_mark_is_not_ours",
        (
            (
                LINES,
                'if self.exporter.is_marked(row, self._frozen["PrivateNote"]):\n                return',
                "if True:\n                return",
            ),
        ),
    ),
    Guard(
        "what was accepted is in the books' own currency when it flies",
        "12,000 dollars as 12,000 euros",
        "`in_other_currency` refuses nothing",
        "tests/quickbooks_bridge/test_currencies.py",
        "looked_at_once_more_before_it_flies",
        ((f"{BRIDGE}/gates.py", "for one in submissions if one.pk in told\n", "for one in submissions if False\n"),),
    ),
    Guard(
        "a token is of the company that is meant",
        "asking one company what was meant for another",
        "the realm is not compared",
        "tests/quickbooks_bridge/test_connecting.py",
        "still_means_the_company_of_before",
        ((TOKENS, "        if row.realm_id != (self._realm or row.realm_id):\n", "        if False:\n"),),
    ),
    Guard(
        "what is read is kept for the company that it was read of",
        "names of one company among those of another",
        "`hold` asks for nothing",
        "tests/quickbooks_bridge/test_connecting.py",
        "names_of_the_company_of_before",
        (
            (
                f"{BRIDGE}/connections.py",
                '    if rows.values_list("pk", flat=True).first() is None:\n',
                "    if False:\n",
            ),
        ),
    ),
    Guard(
        "new tokens wait for a database that is away",
        "a sign-in that is lost, since nobody else knows the new refresh token",
        "they are stored once",
        "tests/quickbooks_bridge/test_tokens.py",
        "session_that_is_cut",
        ((TOKENS, "    for pause in _WHILE_AWAY:\n", "    for pause in ():\n"),),
    ),
    Guard(
        "newer tokens are not written over",
        "a sign-in that is lost, since only the newest refresh token is good",
        "no comparison in `store`",
        "tests/quickbooks_bridge/test_tokens.py",
        "newer_tokens_are_not_written_over",
        (
            (
                TOKENS,
                "stored = Connection.objects.filter(pk=connection_id, token_version=version).update(",
                "stored = Connection.objects.filter(pk=connection_id).update(",
            ),
        ),
    ),
    Guard(
        "an answer that drips has a deadline",
        "a worker that reads for ever",
        "`whole_body` asks for no time",
        "tests/quickbooks_bridge/client/test_network.py",
        "an_answer_that_drips",
        ((BODIES, "        if time.monotonic() > deadline:\n", "        if False:\n"),),
    ),
    Guard(
        "a late failure closes no newer sign-in",
        "a company closed that was just connected",
        "no comparison in `needs_login`",
        "tests/quickbooks_bridge/test_tokens.py",
        "late_failure_does_not_close",
        (
            (
                TOKENS,
                "            pk=connection_id, token_version=version, status=ConnectionStatus.CONNECTED\n        ).update(status=",
                "            pk=connection_id, status=ConnectionStatus.CONNECTED\n        ).update(status=",
            ),
        ),
    ),
    Guard(
        "a redirect is not followed",
        "a token given to whoever is pointed to",
        "it is",
        "tests/quickbooks_bridge/client/test_network.py",
        "redirect_with_a_token",
        ((TRANSPORT, "            allow_redirects=False,\n", "            allow_redirects=True,\n"),),
    ),
)
