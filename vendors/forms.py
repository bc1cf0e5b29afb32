"""What a person types about a vendor."""

from django import forms
from django.utils.translation import gettext_lazy

from procore_sync.kit.fields import day_field
from projects.forms import AddressFields, DetailsForm
from vendors.rules import VendorDetails


class VendorForm(AddressFields, DetailsForm[VendorDetails]):
    """A vendor."""

    shape = VendorDetails
    field_order = ["name", "print_name"]
    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("At most 100 characters, no colon, and no other vendor's name."),
    )
    print_name = forms.CharField(
        label=gettext_lazy("Legal name"),
        required=False,
        help_text=gettext_lazy("As printed on checks, if it differs from the name."),
    )
    phone = forms.CharField(label=gettext_lazy("Phone"), required=False)
    fax = forms.CharField(label=gettext_lazy("Fax"), required=False)
    email = forms.CharField(label=gettext_lazy("E-mail"), required=False)
    website = forms.CharField(label=gettext_lazy("Website"), required=False)
    terms_hint = forms.CharField(
        label=gettext_lazy("Usual terms"),
        required=False,
        help_text=gettext_lazy("A hint for accounting, such as Net 30: terms of that name in QuickBooks are proposed."),
    )
    w9_on = day_field(gettext_lazy("W-9 on file since"))
    insured_until = day_field(gettext_lazy("Insurance valid until"))
