"""Refusals in the shapes QuickBooks gives: capital Fault, the gateway's lowercase fault, and XML for throttling."""

import json
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

JSON = "application/json;charset=UTF-8"
XML = "application/xml;charset=UTF-8"


@dataclass
class Refused(Exception):
    """A Fault with capital F: what the accounting service itself refuses. Usually HTTP 400."""

    code: str
    message: str
    detail: str
    element: str = ""
    kind: str = "ValidationFault"
    status: int = 400

    def fault(self) -> dict[str, Any]:
        """The Fault object, as in a single answer and in a batch item."""
        error = {"Message": self.message, "Detail": self.detail, "code": self.code}
        if self.element:
            error["element"] = self.element
        return {"Error": [error], "type": self.kind}


@dataclass
class Turned(Exception):
    """What the gateway in front of the accounting service turns away, in its own shape."""

    status: int
    body: bytes
    content_type: str = JSON
    retry_after: int | None = None


def _gateway(code: str, message: str, detail: str, kind: str, milliseconds: int) -> bytes:
    return json.dumps(
        {
            "warnings": None,
            "intuitObject": None,
            "fault": {"error": [{"message": message, "detail": detail, "code": code, "element": None}], "type": kind},
            "report": None,
            "queryResponse": None,
            "batchItemResponse": [],
            "attachableResponse": [],
            "syncErrorResponse": None,
            "requestId": None,
            "time": milliseconds,
            "status": None,
            "cdcresponse": [],
        }
    ).encode()


def unauthenticated(detail: str, now: float) -> Turned:
    """401: no bearer, a bad one, or one past its hour."""
    message = "message=AuthenticationFailed; errorCode=003200; statusCode=401"
    return Turned(401, _gateway("3200", message, detail, "AUTHENTICATION", int(now * 1000)))


def forbidden(now: float) -> Turned:
    """403: the token is of another company."""
    message = "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403"
    detail = "The application is not authorised for this company."
    return Turned(403, _gateway("3100", message, detail, "SERVICE", int(now * 1000)))


_THROTTLED = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
_THROTTLED_DETAIL = "The request limit was reached.  Try again later"


def throttled(now: float, stamp: str, shape: str, retry_after: int | None = None) -> Turned:
    """429, recorded as XML; the JSON shape is probable and not confirmed (switch `throttle_body`)."""
    if shape == "json":
        body = _gateway("3001", _THROTTLED, _THROTTLED_DETAIL, "SERVICE", int(now * 1000))
        return Turned(429, body, JSON, retry_after)
    text = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<IntuitResponse time={quoteattr(stamp)} xmlns="http://schema.intuit.com/finance/v3">'
        f'<Fault type="SERVICE"><Error code="3001"><Message>{escape(_THROTTLED)}</Message>'
        f"<Detail>{escape(_THROTTLED_DETAIL)}</Detail></Error></Fault></IntuitResponse>"
    )
    return Turned(429, text.encode(), XML, retry_after)


def application_error() -> Refused:
    """500 SystemFault 10000."""
    message = "An application error has occurred while processing your request"
    return Refused("10000", message, "System Failure Error: Unexpected Internal Error", "", "SystemFault", 500)


def unknown_property(detail: str) -> Refused:
    """2010."""
    message = "Request has invalid or unsupported property"
    return Refused("2010", message, f"Property Name:{detail} specified is unsupported or invalid")


def missing(name: str) -> Refused:
    """2020."""
    message = "Required param missing, need to supply the required value for the API"
    return Refused("2020", message, f"Required parameter {name} is missing in the request", name)


def bad_id(value: object) -> Refused:
    """2030."""
    return Refused("2030", "Invalid ID", f"Id should be a valid number. Supplied value:{value}", "Id")


def bad_string(name: str, why: str) -> Refused:
    """2040."""
    return Refused("2040", "Invalid String", f"The string value specified contains characters not allowed: {why}", name)


def bad_length(name: str, longest: int, supplied: int) -> Refused:
    """2050."""
    detail = f"String length specified does not match the supported length. Min:0 Max:{longest} supported."
    return Refused(
        "2050",
        "String length is either shorter or longer than supported by specification",
        f"{detail} Supplied length:{supplied}",
        name,
    )


def bad_choice(name: str, value: object) -> Refused:
    """2170."""
    return Refused("2170", "Invalid Enumeration", f"An invalid enumeration value was specified: {value}", name)


def bad_email(name: str) -> Refused:
    """2210."""
    return Refused("2210", "Invalid Email Address format", "Email Address does not conform to the RFC rules", name)


def unknown_reference(group: str, key: str) -> Refused:
    """2500."""
    detail = f"Invalid Reference Id : {group} element id {key} not found"
    return Refused("2500", "Invalid Reference Id", detail, group)


_GONE = "Object Not Found : Another user has deleted this transaction."
_INACTIVE = (
    "Object Not Found : Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)


def not_found() -> Refused:
    """610 for an id that is not there."""
    return Refused("610", "Object Not Found", _GONE)


def made_inactive() -> Refused:
    """610 for a reference to an inactive name."""
    return Refused("610", "Object Not Found", _INACTIVE)


def stale(user: str) -> Refused:
    """5010."""
    detail = (
        f"Stale Object Error : You and {user} were working on this at the same time. "
        f"{user} finished before you did, so your work was not saved."
    )
    return Refused("5010", "Stale Object Error", detail)


def duplicate_name(people: bool) -> Refused:
    """6240."""
    detail = "The name supplied already exists. : "
    if people:
        detail += "Another customer, vendor or employee is already using this name. Please use a different name."
    else:
        detail += "Another product, service or list entry is already using this name. Please use a different name."
    return Refused("6240", "Duplicate Name Exists Error", detail)


def business(detail: str, element: str = "") -> Refused:
    """6000."""
    message = "A business validation error has occurred while processing your request"
    return Refused("6000", message, f"Business Validation Error: {detail}", element)


def bad_tax_code(code: str) -> Refused:
    """6100: in the United States a line is taxable or not, and nothing else; the wording is assumed."""
    detail = f"Invalid tax code : A line's tax code must be TAX or NON. Supplied value:{code}"
    return Refused("6100", "Invalid tax code", detail, "TaxCodeRef")


def period_closed(closed_on: str) -> Refused:
    """6210; the exact wording is not verified."""
    detail = (
        f"Account Period Closed, Cannot Update Through Services API : The account period has closed ({closed_on}) "
        "and the account books cannot be updated through the QBO Services API."
    )
    return Refused("6210", "Account Period Closed, Cannot Update Through Services API", detail)


def switched_off(what: str) -> Refused:
    """5020 for a feature that the company's settings have off; the exact wording is not verified."""
    detail = f"Permission Denied Error : {what} is not switched on in this company's settings."
    return Refused("5020", "Permission Denied Error", detail)


def unlinkable(to: str = "") -> Refused:
    """620: the two transactions are not of one vendor."""
    return Refused("620", "Transaction can't be linked", "Transaction can't be linked: the vendor is another one.", to)


def duplicate_number(number: str, entity: str, key: str, dated: str) -> Refused:
    """6140."""
    detail = (
        "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
        f"DocNumber={number} is assigned to TxnType={entity} with TxnId={key} on {dated}"
    )
    return Refused("6140", "Duplicate Document Number Error", detail, "DocNumber")


def depended_on(entity: str, by: str) -> Refused:
    """800: another document depends on what is to be deleted; number documented, wording assumed."""
    detail = f"Delete failed: the {entity} is linked to a {by}. Remove the link first."
    return Refused("800", "Transaction cannot be deleted", detail)


def unvoidable() -> Refused:
    """A bill cannot be voided: HTTP 200 with SystemFault 10000, as seen on the live API."""
    message = "An application error has occurred while processing your request"
    return Refused("10000", message, "System Failure Error: Unexpected Internal Error", "", "SystemFault", 200)


def unsupported(what: str) -> Refused:
    """500 Unsupported Operation (HTTP 400)."""
    return Refused("500", "Unsupported Operation", f"Operation {what} is not supported.", "Operation")


def unparsed_query(detail: str) -> Refused:
    """4000."""
    return Refused("4000", "Error parsing query", f"QueryParserError: {detail}")


def invalid_query(detail: str) -> Refused:
    """4001."""
    return Refused("4001", "Invalid query", f"QueryValidationError: {detail}")
