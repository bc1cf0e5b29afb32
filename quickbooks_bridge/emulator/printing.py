"""/{estimate|invoice|purchaseorder}/{id}/pdf: a document on one plain page, for clients that ask for its print."""

from .entity import Entity
from .records import Document

PRINTED = ("Estimate", "Invoice", "PurchaseOrder")
_TOP, _LINE_HEIGHT, _MOST_LINES = 780, 14, 50


def pdf(entity: Entity, company: str, document: Document) -> bytes:
    """The print of a document: who, what, how much. One page, whatever its length."""
    who = document.get("VendorRef") or document.get("CustomerRef") or {}
    lines = [company, f"{entity.name} {document.get('DocNumber', '')}", who.get("name", ""), document["TxnDate"], ""]
    for line in document["Line"]:
        lines.append(f"{line.get('Description', line['DetailType'])}  {line.get('Amount', '')}")
    return _page([*lines[:_MOST_LINES], "", f"Total {document['TotalAmt']}"])


def _page(lines: list[str]) -> bytes:
    shown = b"".join(b"(" + _escaped(line) + b") Tj T*\n" for line in lines)
    text = b"BT /F1 11 Tf %d TL 50 %d Td\n" % (_LINE_HEIGHT, _TOP) + shown + b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    written, places = b"%PDF-1.4\n", []
    for number, inside in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, inside)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(written))
    return written + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer


def _escaped(line: str) -> bytes:
    plain = line.encode("cp1252", "replace")
    for sign in (b"\\", b"(", b")"):
        plain = plain.replace(sign, b"\\" + sign)
    return plain
