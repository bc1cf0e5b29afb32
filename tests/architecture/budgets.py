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

BUDGETS = """
# address                                  who   queries   kB   ms
home                                       max        11   50   63
home                                       ada        13   52   38
home                                       alma       12   52   31
home                                       ian        14   45  347
kit:components                             out         0   81   26
kit:inbox_sample                           out         0   55    8
kit:inbox_sample?rows=0                    out         0   50    6
kit:review_sample(sent)                    out         0   63   14
kit:review_sample(resent)                  out         0   64   14
kit:review_sample(waiting)                 out         0   60   13
kit:review_sample(uncertain)               out         0   62   12
kit:review_sample(exporting)               out         0   60   14
kit:review_sample(failed)                  out         0   63   20
kit:review_sample(synced)                  out         0   62   15
kit:review_sample(changed)                 out         0   60   17
kit:review_sample(rejected)                out         0   60   12
kit:review_sample(not_yours)               out         0   63   13
kit:refused_sample                         out         0   38    5
account_login                              out         1   38   12
account_logout                             max         8   38   26
account_signup                             out         0   38    4
account_inactive                           out         0   37    3
account_reauthenticate                     max        14   38   45
account_change_password                    max         8   39   32
account_reset_password                     out         0   38    7
account_reset_password_done                out         0   38    3
account_reset_password_from_key_done       out         0   37    5
account_reset_password_from_key            out         1   38    6
mfa_index                                  max        10   39   35
mfa_list_webauthn                          max         9   38   32
socialaccount_connections                  max        11   38   31
socialaccount_login_cancelled              out         0   38    4
accounts:people                            alma       12   57   32
accounts:invite                            alma        8   53   34
accounts:person                            alma       10   53   24
accounts:invitation                        out         1   39    7
accounts:tokens                            max         9   50   42
acceptance:inbox                           ada        14   54   38
acceptance:inbox?view=synced               max        12   61   68
acceptance:review                          ada        34   58   86
acceptance:held_up                         ada        10   50   51
acceptance:pile                            ada        13   52   41
acceptance:journal                         ada        11   58   98
acceptance:settings                        alma       10   88  121
projects:cost_codes                        max        10   55   38
projects:new_cost_code                     max         8   50   33
projects:import_cost_codes                 max         8   50   34
projects:cost_code                         max        13   51   60
projects:edit_cost_code                    max         9   50   42
projects:projects                          max        10   54   70
projects:new_project                       max         8   52   63
projects:project                           max        14   51   58
projects:edit_project                      max         9   52   51
projects:project_codes                     max        11   54   42
commitments:commitments                    max        14   57   52
commitments:new_commitment                 max         9   50   36
commitments:commitment                     max        34   57  152
commitments:edit_commitment                max        13   59   56
commitments:correct                        max        18   51   44
commitments:people                         max        13   51   50
commitments:breakdown                      max        14   50   45
commitments:line_breakdown                 max        12   52   38
projects:job_costs                         max        11   51   35
projects:uncoded                           max        12   51   38
projects:costs                             max        13   52   68
projects:cost                              max        10   51   28
projects:cost_rules                        max        10   50   26
budgets:job_costs                          max        19   54   59
budgets:budgets                            max        11   54   33
budgets:budget                             max        26   59   85
budgets:settings                           max         9   50   24
budgets:new_line                           max        10   50   33
budgets:line                               max        11   51   43
budgets:changes                            max        15   50   29
budgets:transfer                           max        10   51   36
budgets:several                            max        10   54   32
budgets:import                             max         9   51   41
vendors:vendors                            max        10   52   33
vendors:new_vendor                         max         8   52   28
vendors:import_vendors                     max         8   50   27
vendors:vendor                             max        11   51   32
vendors:edit_vendor                        max         9   52   48
change_orders:change_orders                max        13   53   63
change_orders:start                        max        10   50   40
change_orders:change_order                 max        31   56  145
change_orders:edit_change_order            max        14   52   61
change_orders:request                      max        19   53   97
change_orders:edit_request                 max        13   52   44
change_orders:new_change_order             max        13   52   42
change_orders:new_request                  max        16   58   42
change_orders:settings                     max        10   51   27
invoices:billing                           max        11   51   28
invoices:project_billing                   max        11   50   28
invoices:billing_settings                  max        10   52   27
invoices:open_period                       max        12   50   29
invoices:period                            max        15   51   57
invoices:edit_period                       max         9   50   24
invoices:billed_commitment                 ian        13   44   35
invoices:invite_link                       ian         8   38   28
invoices:invoices                          max        16   55   60
invoices:invoice                           max        28   60  147
invoices:edit_invoice                      max        17   54   50
invoices:review                            max        15   50   46
invoices:correct                           max        16   50   62
invoices:print                             max        15    9   47
invoices:retainage                         max        10   51   32
invoices:payments                          max        14   52   53
invoices:payment                           max        15   51   55
quickbooks_bridge:payments                 alma       18   51   44
quickbooks_bridge:tie_out                  alma       13   52   64
quickbooks_bridge:signed_tie_out           alma        9   52   24
quickbooks_bridge:drifts                   alma       10   51   24
quickbooks_bridge:drift                    alma       11   52   27
quickbooks_bridge:reconciliation           alma       17   52   39
quickbooks_bridge:vendor_sides             alma       19   59   42
quickbooks_bridge:foreign                  alma       14   53   41
quickbooks_bridge:ahead                    alma       10   52   31
quickbooks_bridge:connection               alma       19   54  129
quickbooks_bridge:reconnect                alma       19   54   38
quickbooks_bridge:search                   alma        8   50   33
quickbooks_bridge:trends                   alma       23   74   73
quickbooks_bridge:health                   alma       18   62   48
quickbooks_bridge:editions                 alma        9   54   28
quickbooks_bridge:mappings                 alma       15   51   30
quickbooks_bridge:bill_setup               alma       19   55   33
quickbooks_bridge:candidates               alma       19   51   49
quickbooks_bridge:link_item                alma       11   51   23
quickbooks_bridge:onboarding               alma       49   55  127
quickbooks_bridge:onboarding_entry         alma       10   50   22
quickbooks_bridge:link_exact_documents     alma       15   50   52
quickbooks_bridge:opening_documents        alma       15   51   51
quickbooks_bridge:opening_document         alma       18   51   51
"""

#: Pages that are looked at although no 200 is what they answer.
REFUSED = {"kit:refused_sample": 409}

#: Addresses that answer with 200 and are no page: for machines, parts of a page, a way on.
NO_PAGES = {
    "healthz",
    "readyz",
    "acceptance:rows",
    "acceptance:turns",
    "quickbooks_bridge:disconnected",
    # Files
    "projects:cost_codes_file",
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
    "invoices:payment_file",
    "quickbooks_bridge:tie_out_file",
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
