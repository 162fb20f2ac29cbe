"""The part of a workbook in which Excel keeps its queries, after Microsoft's [MS-QDEFF].

It is an XML element around base64 of four pieces, each behind its length: a zip with the M, what
it is permitted, what Excel knows about each query, and a checksum that only the reader's own
Windows can make. The last is left out, as a single zero byte; Excel then applies the strictest
permissions, which are the ones written here.
"""

from __future__ import annotations

import base64
import json
import struct
import zipfile
from collections.abc import Mapping
from io import BytesIO
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.sax.saxutils import escape, quoteattr

from service.dashboards.queries import QUERIES, Query

NAMESPACE = "http://schemas.microsoft.com/DataMashup"
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold; the same M, the same bytes
VERSION = b"\0\0\0\0"
NO_CHECKSUM = b"\0"
_XML = '<?xml version="1.0" encoding="utf-8"?>'
_SCHEMAS = (
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
CONTENT_TYPES = (
    f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="text/xml" />'
    '<Default Extension="m" ContentType="application/x-ms-m" /></Types>'
)
# The least version of Power Query that understands the package, and the culture of its defaults.
PACKAGE = (
    f"{_XML}<Package {_SCHEMAS}><Version>2.21.0.0</Version><MinVersion>2.21.0.0</MinVersion>"
    "<Culture>en-US</Culture></Package>"
)
PERMISSIONS = (
    f"{_XML}<PermissionList {_SCHEMAS}><CanEvaluateFuturePackages>false"
    "</CanEvaluateFuturePackages><FirewallEnabled>true</FirewallEnabled></PermissionList>"
)


def mashup_xml(section: str) -> bytes:
    """Return the part: XML in UTF-16, as Excel itself writes it.

    Args:
        section: the queries in M.
    """
    content = base64.b64encode(mashup(section)).decode("ascii")
    whole = f'<?xml version="1.0" encoding="utf-16"?><DataMashup xmlns="{NAMESPACE}">{content}'
    return b"\xff\xfe" + f"{whole}</DataMashup>".encode("utf-16-le")


def mashup(section: str) -> bytes:
    """Return the binary that the part holds.

    Args:
        section: the queries in M.
    """
    package = {
        "[Content_Types].xml": CONTENT_TYPES.encode(),
        "Config/Package.xml": PACKAGE.encode(),
        "Formulas/Section1.m": section.encode(),
    }
    known = VERSION + _sized(metadata().encode()) + _sized(zipped({}))
    pieces = (zipped(package), PERMISSIONS.encode(), known, NO_CHECKSUM)
    return VERSION + b"".join(map(_sized, pieces))


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """Return a zip that holds these files; the same files give the same bytes."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, FIRST_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return stream.getvalue()


def _sized(piece: bytes) -> bytes:
    return struct.pack("<I", len(piece)) + piece


def metadata() -> str:
    """Return what Excel knows about each query: where its rows go, and its columns."""
    items = [_item("AllFormulas", "", {"Relationships": "sAAAAAA=="})]
    for query in QUERIES:
        items.append(_item("Formula", f"Section1/{query.name}", _entries(query)))
    return (
        f"{_XML}<LocalPackageMetadataFile {_SCHEMAS}><Items>{''.join(items)}</Items>"
        "</LocalPackageMetadataFile>"
    )


def _item(kind: str, path: str, entries: Mapping[str, str]) -> str:
    listed = "".join(
        f"<Entry Type={quoteattr(name)} Value={quoteattr(value)} />"
        for name, value in entries.items()
    )
    return (
        f"<Item><ItemLocation><ItemType>{kind}</ItemType><ItemPath>{escape(path)}</ItemPath>"
        f"</ItemLocation><StableEntries>{listed}</StableEntries></Item>"
    )


def _entries(query: Query) -> dict[str, str]:
    """Return the facts; a value begins with its kind: l a number, s a text."""
    common = {
        "IsPrivate": "l0",
        "QueryID": f"s{stable_id(query.name)}",
        "ResultType": "sTable",
        "FillToDataModelEnabled": "l0",
        "AddedToDataModel": "l0",
        "NameUpdatedAfterFill": "l0",
        "BufferNextRefresh": "l1",
    }
    if not query.loaded:
        return {**common, "FillEnabled": "l0", "FillObjectType": "sConnectionOnly"}
    return {
        **common,
        "FillEnabled": "l1",
        "FillObjectType": "sTable",
        "FillTarget": f"s{query.name}",
        "NavigationStepName": "sNavigation",
        "FillColumnNames": "s" + json.dumps(list(query.columns())),
        "FilledCompleteResultToWorksheet": "l1",
        "FillErrorCode": "sUnknown",
        "FillStatus": "sComplete",
    }


def stable_id(name: str) -> UUID:
    """Return an identifier that is the same in every workbook."""
    return uuid5(NAMESPACE_URL, f"urn:zorgraming:dashboards:{name}")
