"""What a person types about a vendor."""

from django import forms

from projects.forms import AddressFields, DetailsForm
from vendors.rules import VendorDetails


class VendorForm(AddressFields, DetailsForm[VendorDetails]):
    """A vendor."""

    shape = VendorDetails
    field_order = ["name", "print_name"]
    name = forms.CharField(help_text="At most 100 characters, no colon, and no other vendor's name.")
    print_name = forms.CharField(
        label="Legal name", required=False, help_text="As printed on checks, if it is another than the name."
    )
    phone = forms.CharField(required=False)
    fax = forms.CharField(required=False)
    email = forms.CharField(label="E-mail", required=False)
    website = forms.CharField(required=False)
    terms_hint = forms.CharField(
        label="Usual terms", required=False, help_text="A hint for accounting, such as Net 30. Not sent to QuickBooks."
    )
