"""What each page may cost, written by hand: a page without a row here fails, and so does one that costs more.

Queries and kilobytes (of 1,000 bytes, over the wire with nothing in the cache) are limits. The milliseconds of the
server's processor time were seen once and are no limit: they tell which page is dear. An address is as in the access
matrix, and may carry what stands in it in place of the scene's, or a query. The pages are opened by
tests/e2e/test_pages.py, which prints a row as it is when it has become dearer.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from tests.architecture.access import Scene

#: No page may take more kilobytes, whatever its row says.
KILOBYTES = 150
#: What grows under all pages at once, the stylesheet, may add so many to each before the table is to be written anew.
ROOM = 5

BUDGETS = """
# address                                  who   queries   kB   ms
home                                       max        51   72  124
home                                       ada        43   74   79
home                                       alma       50   74   87
home                                       ian        20   51   34
help:help                                  max        13   58   28
help:errors                                max         9   93   36
help:workflow                              max         9   63   22
kit:components                             out         0   90   21
kit:inbox_sample                           out         0   59    8
kit:inbox_sample?rows=0                    out         0   53    5
kit:review_sample(sent)                    out         0   70   13
kit:review_sample(resent)                  out         0   71   13
kit:review_sample(waiting)                 out         0   67   34
kit:review_sample(uncertain)               out         0   69   12
kit:review_sample(exporting)               out         0   67   12
kit:review_sample(failed)                  out         0   70   12
kit:review_sample(synced)                  out         0   69   13
kit:review_sample(changed)                 out         0   67   12
kit:review_sample(rejected)                out         0   67   11
kit:review_sample(not_yours)               out         0   70   12
kit:refused_sample                         out         0   40    3
account_login                              out         1   42    6
account_logout                             max         4   41   12
account_signup                             out         0   40    2
account_inactive                           out         0   40    3
account_reauthenticate                     max        10   41   18
account_change_password                    max         4   42   10
account_reset_password                     out         0   40    4
account_reset_password_done                out         0   40    3
account_reset_password_from_key_done       out         0   40    3
account_reset_password_from_key            out         1   41    5
mfa_index                                  max         6   42   11
mfa_list_webauthn                          max         5   41    9
socialaccount_connections                  max         7   41   24
socialaccount_login_cancelled              out         0   40    3
accounts:people                            alma       13   63   24
accounts:invite                            alma       10   59   18
accounts:person                            alma       12   59   19
accounts:invitation                        out         1   42    6
accounts:tokens                            max        10   55   30
acceptance:inbox                           ada        16   61   41
acceptance:inbox?view=synced               max        14   68   67
acceptance:review                          ada        37   70   84
acceptance:held_up                         ada        11   55   49
acceptance:pile                            ada        17   59   49
acceptance:pile?action=reject              ada        17   59   49
acceptance:narrow                          ada        13   55   20
acceptance:journal                         ada        12   65   37
acceptance:notices                         max        12   54   27
acceptance:notice_choices                  max        10   57   20
acceptance:settings                        alma       11   96   94
copying:sources                            alma       11   56   20
acceptance:webhooks                        alma       11   56   25
acceptance:new_webhook                     alma       10   59   25
acceptance:webhook                         alma       13   58   30
acceptance:edit_webhook                    alma       11   59   25
projects:cost_codes                        max        11   59   31
projects:new_cost_code                     max         9   55   22
projects:import_cost_codes                 max         9   55   26
projects:cost_code                         max        15   61   32
projects:edit_cost_code                    max        10   55   22
projects:projects                          max        11   59   28
projects:new_project                       max         9   57   38
projects:project                           max        16   61   33
projects:edit_project                      max        10   57   25
projects:project_codes                     max        12   59   26
commitments:commitments                    max        15   63   42
commitments:new_commitment                 max        10   55   23
commitments:commitment                     max        38   67   89
commitments:edit_commitment                max        14   64   40
commitments:correct                        max        20   59   37
commitments:people                         max        18   58   41
commitments:breakdown                      max        15   55   28
commitments:line_breakdown                 max        13   57   29
commitments:own_breakdown                  ian        13   49   28
commitments:own_line_breakdown             ian        10   50   28
projects:job_costs                         max        12   55   26
projects:uncoded                           max        13   56   28
projects:costs                             max        14   57   32
projects:cost                              max        11   55   22
projects:cost_rules                        max        11   55   21
budgets:job_costs                          max        21   59   36
budgets:budgets                            max        12   59   32
budgets:budget                             max        30   69   49
budgets:settings                           max        10   54   22
budgets:company_rules                      alma       12   57   27
budgets:new_line                           max        11   54   25
budgets:line                               max        13   55   24
budgets:changes                            max        16   55   28
budgets:transfer                           max        11   55   34
budgets:several                            max        11   58   29
budgets:import                             max        10   56   28
vendors:vendors                            max        11   57   26
vendors:new_vendor                         max         9   57   23
vendors:import_vendors                     max         9   55   19
vendors:vendor                             max        13   63   43
vendors:edit_vendor                        max        10   57   23
change_orders:change_orders                max        14   58   44
change_orders:start                        max        11   54   25
change_orders:change_order                 max        33   66   71
change_orders:edit_change_order            max        15   57   44
change_orders:request                      max        20   58   54
change_orders:edit_request                 max        14   57   41
change_orders:new_change_order             max        14   57   29
change_orders:new_request                  max        17   63   40
change_orders:settings                     max        11   56   25
invoices:billing                           max        12   56  133
invoices:project_billing                   max        12   55   24
invoices:billing_settings                  max        11   57   24
invoices:open_period                       max        13   55   24
invoices:period                            max        16   56   33
invoices:edit_period                       max        10   55   21
invoices:billed_commitment                 ian        14   48   26
invoices:invite_link                       ian         7   42   13
invoices:invoices                          max        21   62   72
invoices:invoice                           max        32   70   74
invoices:edit_invoice                      max        18   59   45
invoices:review                            max        17   54   33
invoices:correct                           max        18   55   40
invoices:print                             max        11    6   22
invoices:retainage                         max        11   56   25
invoices:payments                          max        15   56   41
invoices:payment                           max        16   56   52
quickbooks_bridge:payments                 alma       18   56   26
quickbooks_bridge:tie_out                  alma       15   57   47
quickbooks_bridge:signed_tie_out           alma       10   57   20
quickbooks_bridge:month_end                alma       21   61   71
quickbooks_bridge:signed_month_end         alma       20   59   49
quickbooks_bridge:drifts                   alma       11   56   20
quickbooks_bridge:drift                    alma       12   57   23
quickbooks_bridge:reconciliation           alma       18   57   26
quickbooks_bridge:vendor_sides             alma       20   66   34
quickbooks_bridge:foreign                  alma       15   57   29
quickbooks_bridge:ahead                    alma       12   56   20
quickbooks_bridge:connection               alma       20   59   28
quickbooks_bridge:reconnect                alma       20   59   23
quickbooks_bridge:search                   alma        9   55   16
quickbooks_bridge:trends                   alma       24   79   62
quickbooks_bridge:health                   alma       19   67   32
quickbooks_bridge:editions                 alma       10   59   18
quickbooks_bridge:mappings                 alma       23   59   34
quickbooks_bridge:project_mapping          alma       17   56   21
quickbooks_bridge:refused_files            ada        12   55   20
quickbooks_bridge:bill_setup               alma       24   62   31
quickbooks_bridge:candidates               ada        22   57  136
quickbooks_bridge:link_item                alma       13   56   19
quickbooks_bridge:onboarding               alma       53   60  104
quickbooks_bridge:onboarding_entry         alma       11   55   20
quickbooks_bridge:link_exact_documents     alma       19   55   35
quickbooks_bridge:opening_documents        alma       19   56   35
quickbooks_bridge:opening_document         alma       22   56   43
"""

#: Pages that are looked at although no 200 is what they answer.
REFUSED = {"kit:refused_sample": 409}

#: Addresses that answer with 200 and are no page: for machines, parts of a page, a way on.
NO_PAGES = {
    "healthz",
    "readyz",
    "acceptance:rows",
    "acceptance:turns",
    "acceptance:bell",
    "quickbooks_bridge:disconnected",
    # Files
    "projects:cost_codes_file",
    "copying:download",
    "projects:projects_file",
    "projects:template_cost_codes",
    "commitments:line_template",
    "commitments:attachment",
    "projects:costs_file",
    "budgets:job_costs_file",
    "budgets:budget_file",
    "budgets:template",
    "vendors:vendors_file",
    "vendors:template_vendors",
    "invoices:file",
    "invoices:pdf",
    "invoices:payments_file",
    "invoices:invoices_file",
    "commitments:commitments_file",
    "change_orders:change_orders_file",
    "invoices:payment_file",
    "quickbooks_bridge:tie_out_file",
    "quickbooks_bridge:month_end_file",
    "quickbooks_bridge:signed_month_end_file",
    "quickbooks_bridge:foreign_file",
    "acceptance:inbox_file",
    "acceptance:journal_file",
}


@dataclass(frozen=True)
class Budget:
    """A page, who looks at it, and what it may cost."""

    page: str
    who: str
    queries: int
    kilobytes: int

    @property
    def name(self) -> str:
        """The name of its address, as the access matrix has it."""
        return self.page.partition("?")[0].partition("(")[0]

    def address(self, scene: Scene) -> str:
        """Where it is."""
        path, mark, query = self.page.partition("?")
        given = path.removesuffix(")").partition("(")[2]
        address = reverse(self.name, args=given.split(",") if given else scene.at(self.name))
        return f"{address}{mark}{query}"


def budgets() -> list[Budget]:
    """The table, read."""
    lines = [line.split() for line in BUDGETS.strip().splitlines() if not line.startswith("#")]
    return [Budget(page, who, int(queries), int(kilobytes)) for page, who, queries, kilobytes, _ in lines]
