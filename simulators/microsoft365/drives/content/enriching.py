"""What SharePoint writes into Office files that come into libraries: properties, in parts of the file of their own.

Developers met it (the issue "Session uploaded file size reported by MS Graph does not equal local file size" of
OneDrive's documentation); OneDrives of people keep what they are given.
"""

import io
import uuid
import zipfile

_ENDINGS = (".docx", ".xlsx", ".pptx")
_PART = "customXml/item9.xml"


def enriched(name: str, data: bytes, how: str) -> bytes:
    """Return the bytes of a file as a library holds them; what is no Office file stays as it is."""
    if not name.lower().endswith(_ENDINGS) or not zipfile.is_zipfile(io.BytesIO(data)):
        return data
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            new.writestr(one, old.read(one))
        word = uuid.uuid4() if how == "changing" else "0x0101"
        new.writestr(zipfile.ZipInfo(_PART), f"<properties><ContentTypeId>{word}</ContentTypeId></properties>")
    return made.getvalue()
