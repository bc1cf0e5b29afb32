"""The conformance checklist of the look-alike: each statement, where it comes from, and the test that shows it.

A statement is *recorded* if it was seen in the published traffic of a real company; *documented* if it stands in a page
of Intuit's, in a client that works with the real service, or in the notes of somebody who tried it there; *deduced* if
it is a conclusion or a design of ours. Further tests of a statement carry its number in their name.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

SOURCES = ("recorded", "documented", "deduced")
_TABLE = """
  1 documented Discovery names every endpoint, and the client library constructs from it.
    test_oauth.py::test_001_discovery_names_the_endpoints_and_the_client_library_constructs
  2 documented Consent returns code, unchanged state and realmId.
    test_oauth.py::test_002_consent_returns_code_state_and_realm
  3 documented A refusal returns access_denied and the state.
    test_oauth.py::test_003_a_refusal_returns_access_denied_and_the_state
  4 documented The token endpoint demands client id and secret by HTTP Basic; a wrong secret is 401 invalid_client.
    test_oauth.py::test_004_the_token_endpoint_demands_the_right_secret
  5 recorded   A code gives a bearer token of 3600 seconds and a refresh token of 8726400.
    test_oauth.py::test_005_an_exchange_gives_the_documented_lifetimes
  6 documented A code works once; the second use is invalid_grant.
    test_oauth.py::test_006_a_code_works_once
  7 documented redirect_uri must equal the one authorised.
    test_oauth.py::test_007_redirect_uri_must_equal_the_one_authorised
  8 documented A refresh gives a new access token; the old one dies at its hour.
    test_oauth.py::test_008_a_refresh_gives_a_new_access_token_and_the_old_one_dies_at_its_hour
  9 documented The refresh token changes after 24 hours; its old value is invalid_grant.
    test_oauth.py::test_009_the_refresh_token_rotates_after_a_day_and_its_old_value_is_refused
 10 documented A refresh token dies after 100 days unused and after five years; the cap is told only to who asks.
    test_oauth.py::test_010_a_refresh_token_unused_for_a_hundred_days_is_dead
 11 documented A revoke answers 200 with nothing; then calls are 401 and a refresh 400.
    test_oauth.py::test_011_a_revoke_ends_the_grant_by_either_token
 12 documented An id_token is RS256, verifies against the published keys, and its aud is a list.
    test_oauth.py::test_012_the_id_token_is_signed_with_the_published_key
 13 documented Every reply has the header intuit_tid.
    test_transport.py::test_013_every_reply_has_an_intuit_tid_of_its_own
 14 recorded   No bearer or a bad one is 401 with lowercase fault 3200.
    test_transport.py::test_014_a_bad_bearer_is_401_in_the_lowercase_shape
 15 documented A token of another company is 403 with lowercase fault 3100.
    test_transport.py::test_015_a_token_of_another_company_is_403_in_the_lowercase_shape
 16 recorded   A single reply is the entity and the time with a Pacific offset.
    test_transport.py::test_016_a_single_reply_is_the_entity_and_the_pacific_time
 17 documented Any minorversion, or none, behaves as 75.
    test_transport.py::test_017_any_minor_version_behaves_as_75
 18 documented An unknown path is a fault; paths are lower case.
    test_transport.py::test_018_an_unknown_path_is_a_fault_and_case_matters
 19 deduced    JSON whatever Accept says; there is no XML but the 429.
    test_transport.py::test_019_the_answer_is_json_whatever_is_accepted
 20 documented Malformed JSON is a 400 Fault.
    test_transport.py::test_020_malformed_json_is_a_400_fault
 21 documented CompanyInfo and Preferences are found without an id and by query.
    test_transport.py::test_021_company_info_and_preferences_are_found_without_an_id
 22 recorded   Id is a numeric string, SyncToken "0", domain QBO, sparse false, both times there.
    test_create.py::test_022_a_new_record_carries_id_token_domain_and_times
 23 recorded   What is null or absent is left out.
    test_create.py::test_023_what_is_null_or_absent_is_left_out
 24 recorded   Amounts are numbers, ids and SyncTokens strings, flags booleans.
    test_create.py::test_024_numbers_are_numbers_ids_are_strings_flags_are_flags
 25 documented Numeric strings are taken as numbers.
    test_create.py::test_025_numeric_strings_are_taken_as_numbers
 26 deduced    An empty string counts as absent.
    test_create.py::test_026_an_empty_string_counts_as_absent
 27 recorded   An unknown property is 2010.
    test_create.py::test_027_an_unknown_property_is_2010_and_named
 28 recorded   A missing VendorRef or Line is 2020 and the element.
    test_transactions.py::test_028_a_missing_part_is_named
 29 recorded   A reference to nothing is 2500 and names its list.
    test_create.py::test_029_a_reference_to_nothing_is_2500
 30 recorded   A reference to an inactive record is 610, "made inactive".
    test_create.py::test_030_a_reference_to_an_inactive_record_is_610
 31 recorded   References come back with the name; ParentRef and SalesTermRef with the value alone.
    test_create.py::test_031_references_come_back_with_the_name_and_parents_without
 32 recorded   A DocNumber over 21 is 2050 with the supplied length.
    test_transactions.py::test_032_033_texts_have_limits
 33 documented PrivateNote and a line's Description over 4000 are 2050.
    test_transactions.py::test_033_a_lines_description_has_a_limit
 34 recorded   A colon, tab or newline in a name is 2040.
    test_create.py::test_034_a_colon_tab_or_newline_in_a_name_is_2040
 35 recorded   A name of any customer, vendor or employee is 6240 for all three.
    test_create.py::test_035_a_name_of_any_customer_vendor_or_employee_is_6240
 36 documented No name and no part of one is 6080.
    test_create.py::test_036_a_record_without_any_name_is_6080
 37 recorded   PrintOnCheckName, FullyQualifiedName, Balance and CurrencyRef are completed.
    test_create.py::test_037_what_quickbooks_adds_is_there
 38 documented An item's name is unique below its parent.
    test_create.py::test_038_an_item_name_is_unique_below_its_parent
 39 documented A service without an income account is refused.
    test_create.py::test_039_a_service_without_an_income_account_is_refused
 40 documented An item without an expense account cannot be bought.
    test_transactions.py::test_040_an_item_without_an_expense_account_cannot_be_bought
 41 documented A job needs a customer that is there.
    test_jobs.py::test_041_a_job_needs_a_customer_that_is_there
 42 recorded   A job's full name is "Customer:Job", its Level 1.
    test_jobs.py::test_042_a_job_is_named_below_its_customer
 43 documented More than five levels are refused.
    test_jobs.py::test_043_a_sixth_level_is_refused
 44 documented IsProject is read-only, and false.
    test_jobs.py::test_044_a_project_cannot_be_made_by_claiming_it
 45 deduced    Renaming the customer renames the full name of every job below.
    test_jobs.py::test_045_renaming_the_customer_renames_every_job_below
 46 recorded   An order is Open and its LinkedTxn an empty list.
    test_transactions.py::test_046_an_order_is_open_and_says_that_nothing_is_linked
 47 documented The total is the sum of the lines whatever was sent.
    test_transactions.py::test_047_the_total_is_the_sum_of_the_lines_whatever_was_sent
 48 documented An order's number is given unless the company has its own.
    test_transactions.py::test_048_a_number_is_given_unless_custom_numbers_are_on
 49 documented Orders switched off are 5020.
    test_transactions.py::test_049_an_order_is_refused_while_orders_are_switched_off
 50 recorded   An order that is billed whole is Closed, linked, and one SyncToken on.
    test_transactions.py::test_050_an_order_that_is_billed_whole_is_closed
 51 documented An order of another vendor is 620.
    test_transactions.py::test_051_an_order_of_another_vendor_cannot_be_linked
 52 documented A line without its detail is 2020; an amount other than Qty times UnitPrice 6070.
    test_transactions.py::test_052_a_line_needs_its_detail_and_a_true_amount
 53 documented A bill is dated today in the company's zone and due by its terms.
    test_transactions.py::test_053_a_bill_is_dated_today_and_due_by_its_terms
 54 recorded   A new bill's Balance is its TotalAmt; it has no LinkedTxn.
    test_transactions.py::test_054_a_new_bill_is_open_in_full_and_linked_to_nothing
 55 documented Job, class and billing stand in the line, the department in the head.
    test_transactions.py::test_055_job_class_and_billing_stand_in_the_line
 56 documented Billable without a customer is 6000.
    test_transactions.py::test_056_billable_without_a_customer_is_6000
 57 documented Nobody says that a line has been billed.
    test_every_transaction.py::test_057_nobody_says_that_a_line_has_been_billed
 58 deduced    A negative line passes; a negative total is 6000.
    test_transactions.py::test_058_a_negative_line_may_stand_beside_positive_ones
 59 documented A repeated bill number passes unless the company is warned; include=allowduplicatedocnum passes.
    test_transactions.py::test_059_the_same_number_of_a_vendor_passes_unless_the_company_is_warned
 60 documented A payment without an amount is 6000, without what it pays 2020.
    test_transactions.py::test_060_a_payment_needs_an_amount_and_what_it_pays
 61 recorded   A payment lowers the bill's Balance, is linked to it, and raises its SyncToken.
    test_transactions.py::test_061_062_a_payment_lowers_the_balance_and_is_linked
 62 documented A part payment leaves the rest in Balance.
    test_transactions.py::test_061_062_a_payment_lowers_the_balance_and_is_linked
 63 documented A credit is used up by a payment.
    test_transactions.py::test_063_a_credit_is_used_up_by_a_payment
 64 documented Deleting or voiding a payment opens the bill again; a void is 0 and says so.
    test_transactions.py::test_064_without_its_payment_a_bill_is_open_again
 65 documented Voiding a bill is HTTP 200 with SystemFault 10000; a purchase 400 with 500.
    test_transactions.py::test_065_a_bill_cannot_be_voided_and_a_purchase_neither
 66 recorded   A wrong SyncToken is 5010, a missing one 2020.
    test_every_transaction.py::test_066_067_a_write_raises_the_token_and_a_stale_or_missing_one_is_refused
 67 recorded   Each write raises the SyncToken by one.
    test_update.py::test_067_the_token_rises_by_one_with_each_write
 68 documented A full update clears what it leaves out.
    test_every_transaction.py::test_068_without_its_terms_a_bill_is_due_when_it_is_dated
 69 documented A sparse update keeps the head, and still replaces the lines.
    test_transactions.py::test_069_a_sparse_update_keeps_the_head_and_still_replaces_the_lines
 70 documented A known line keeps its id, a new one gets one, a missing one vanishes.
    test_transactions.py::test_070_a_known_line_keeps_its_id_a_new_one_gets_one_and_a_missing_one_vanishes
 71 deduced    A changed price keeps the line's id and so its link.
    test_transactions.py::test_071_a_changed_price_keeps_the_line_and_its_link
 72 recorded   A delete needs Id and SyncToken, and answers status Deleted.
    test_every_transaction.py::test_072_073_a_deleted_one_is_gone_and_its_id_is_not_given_again
 73 recorded   What is deleted is 610.
    test_transactions.py::test_072_073_what_is_deleted_is_gone_for_good
 74 documented A list entry cannot be deleted: 500.
    test_transactions.py::test_074_a_name_is_never_deleted
 75 recorded   An inactive name gets " (deleted)", is hidden, and is free again.
    test_update.py::test_075_an_inactive_entry_is_renamed_hidden_and_frees_its_name
 76 documented A write dated in closed books is 6210.
    test_every_transaction.py::test_076_closed_books_refuse_to_write_move_and_delete_what_posts
 77 documented A repeated requestid replays the first answer.
    test_update.py::test_077_a_repeated_request_id_replays_the_first_answer
 78 documented A requestid over 50 characters is refused.
    test_update.py::test_078_a_request_id_of_more_than_fifty_characters_is_refused
 79 documented Another company remembers its own requestids.
    test_update.py::test_079_another_company_remembers_its_own_ids
 80 documented A query comes by GET and by POST.
    test_query.py::test_080_a_query_comes_by_get_and_by_post
 81 recorded   A page is 100 rows, at most 1000; positions begin at one.
    test_query.py::test_081_positions_begin_at_one
 82 documented A count gives the total alone.
    test_query.py::test_082_a_count_gives_the_total_and_nothing_else
 83 recorded   Nothing found is an empty QueryResponse.
    test_query.py::test_083_nothing_found_is_an_empty_response
 84 documented Keywords in any case; ORDERBY and ORDER BY.
    test_query.py::test_084_keywords_in_any_case_and_both_spellings_of_order
 85 documented A backslash escapes a quote.
    test_query.py::test_085_quotes_and_backslashes_are_escaped_by_a_backslash
 86 documented LIKE, IN and AND hold; OR is 4000.
    test_query.py::test_086_like_in_and_comparisons
 87 documented An unknown property, and one that cannot be asked for, is 4001.
    test_query.py::test_087_an_unknown_property_or_entity_is_4001
 88 documented Inactive rows are hidden unless asked for.
    test_query.py::test_088_inactive_rows_are_hidden_unless_asked_for
 89 documented Times compare as instants.
    test_query.py::test_089_times_compare_as_instants
 90 recorded   The reply says where the page begins and how many rows it has.
    test_query.py::test_090_the_reply_says_where_the_page_begins_and_how_long_it_is
 91 recorded   A batch keeps its bIds, and a fault in one item leaves the others alone.
    test_query.py::test_091_a_fault_in_one_item_leaves_the_others_alone
 92 documented More than 30 items are 1040.
    test_query.py::test_092_a_batch_too_large_is_1040_and_does_nothing
 93 documented An item cannot refer to an id made earlier; long bIds pass.
    test_query.py::test_093_an_item_cannot_refer_to_an_id_made_earlier_and_long_bids_pass
 94 recorded   CDC has an element for each entity asked, and tells of the deleted.
    test_every_transaction.py::test_094_changes_tell_of_what_was_written_and_what_was_deleted
 95 documented CDC of longer ago than 30 days, and of TimeActivity, is refused.
    test_query.py::test_095_older_than_thirty_days_is_a_fault_or_clamped
 96 recorded   CDC tells of a bill whose Balance a payment changed.
    test_transactions.py::test_094_096_changes_tell_of_what_was_deleted_and_what_was_paid
 97 documented Webhooks are signed by HMAC-SHA256 over the raw body: CloudEvents unless the older shape is set.
    test_webhooks.py::test_097_a_post_is_an_array_of_cloud_events_signed_over_its_raw_body
 98 documented A post that is not answered with 200 within 3 seconds comes again by the documented ladder.
    test_webhooks.py::test_098_what_is_not_answered_with_200_comes_again_by_the_ladder_and_is_given_up
 99 recorded   The 501st call of a minute is 429, in XML, without Retry-After.
    test_limits_and_faults.py::test_099_the_501st_call_in_a_minute_is_429
100 deduced    Faults can be armed: 500, a dropped connection after the write, a slow answer.
    test_limits_and_faults.py::test_100_write_then_drop_writes_and_says_nothing
"""


@dataclass(frozen=True)
class Statement:
    """One line of the checklist; `test` is the node id of its first test, below tests/contract."""

    number: int
    source: str
    words: str
    test: str


def _read(table: str) -> dict[int, Statement]:
    lines = table.strip("\n").splitlines()
    found = {}
    for said, test in zip(lines[::2], lines[1::2], strict=True):
        number, source, words = said.split(maxsplit=2)
        found[int(number)] = Statement(int(number), source, words, test.strip())
    return found


#: By number.
STATEMENTS: dict[int, Statement] = _read(_TABLE)


def numbers_in(test: str) -> list[int]:
    """The statements that the name of a test says it is about: test_061_062_a_payment… is about 61 and 62."""
    found = []
    for word in test.rpartition("::")[2].split("_")[1:]:
        if len(word) != 3 or not word.isdigit():
            break
        found.append(int(word))
    return found


def outcomes(reports: Iterable[tuple[str, str]]) -> dict[int, str]:
    """What a run came to, by statement: held, failed or not run. A report is the node id of a test and its outcome."""
    came = dict.fromkeys(STATEMENTS, "not run")
    for test, outcome in reports:
        for number in numbers_in(test.partition("[")[0]):
            if outcome in ("failed", "error"):
                came[number] = "failed"
            elif outcome == "passed" and came.get(number) == "not run":
                came[number] = "held"
    return came


def share(holding: Collection[int]) -> str:
    """How many of these statements come from where: "40 recorded (41 %), …"."""
    counts = Counter(STATEMENTS[number].source for number in holding)
    every = max(1, counts.total())
    return ", ".join(f"{counts[source]} {source} ({100 * counts[source] / every:.0f} %)" for source in SOURCES)
