"""Excel workbooks: the first sheet that holds anything, as a table."""

import datetime
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from playground.dataset.readers import Given, NumberedRow, empty, first_line, table_rows, too_large
from playground.errors import DatasetError
from playground.records import Finding

MAX_ROWS = 2**20
"""Rows Excel has. A file may claim more, and the claim alone would keep a reader busy for hours."""
MAX_CELLS = 2**25
"""Cells a sheet may have; one cell far to the right makes thousands of empty ones before it."""

# A workbook writes control characters so; other codes may be text, as in the names SharePoint gives columns.
_ESCAPED = re.compile(r"_x00([01][\dA-Fa-f]|7[Ff])_")


def read_xlsx(given: Given) -> Iterator[NumberedRow]:
    """Rows of the first sheet that holds anything; formulas as the values last computed."""
    import openpyxl

    if not isinstance(given.data, bytes | bytearray) or not given.data.startswith(b"PK"):
        raise _not_excel(given.name, "it does not begin as one")
    try:
        _check_package(given)
        book = openpyxl.load_workbook(io.BytesIO(given.data), read_only=True, data_only=True)
        sheets = book.worksheets
        for sheet in sheets:
            rows = _filled(sheet)
            if rows:
                break
        else:
            raise empty(given.name)
    except DatasetError:
        raise
    except MemoryError:
        raise
    # A damaged workbook surfaces as almost any exception of the XML and the zip library.
    except Exception as error:
        raise _not_excel(given.name, first_line(error)) from error
    others = [other.title for other in sheets if other is not sheet]
    if others:
        names = ", ".join(map(repr, others[:12]))
        message = f"The sheet {sheet.title!r} was read, the other sheets were not: {names}"
        given.findings.append(Finding(0, "sheets", message, "kept"))
    return _rows(rows, given)


def _rows(rows: list[tuple[int, list[Any]]], given: Given) -> Iterator[NumberedRow]:
    top, header = rows[0]
    body = ((number - top, cells + [None] * (len(header) - len(cells))) for number, cells in rows[1:])
    return table_rows(header, body, given)


def _filled(sheet: Any) -> list[tuple[int, list[Any]]]:
    """Rows with anything in them and their numbers, without the empty cells at their ends."""
    # The size a file claims for a sheet is not to be believed.
    sheet.reset_dimensions()
    rows, count = [], 0
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        count += len(cells)
        if number > MAX_ROWS or count > MAX_CELLS:
            raise DatasetError(
                f"The sheet {sheet.title!r} has more than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells",
                rule="A sheet has at most as many",
                remedy="Save the data as CSV or Parquet",
            )
        values = [_value(cell) for cell in cells]
        while values and values[-1] is None:
            values.pop()
        if values:
            rows.append((number, values))
    return rows


def _value(cell: Any) -> Any:
    """A cell as a CSV file would have it; truth values stay what they are."""
    if cell is None or isinstance(cell, bool):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time.min:
        return cell.date().isoformat()
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(cell)).replace("\r\n", "\n")
    return text if text.strip() else None


def _check_package(given: Given) -> None:
    """A workbook is a zip archive of XML: neither may grow beyond bounds when it is opened."""
    with zipfile.ZipFile(io.BytesIO(given.data)) as package:
        # zipfile reads no member beyond the size it declares, so declared sizes can be trusted here.
        size = sum(member.file_size for member in package.infolist())
        if size > given.max_bytes:
            raise too_large(given.name, size, given.max_bytes)
        for member in package.infolist():
            with package.open(member) as file:
                start = file.read(1024).replace(b"\0", b"")
            if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                raise _not_excel(given.name, f"{member.filename} declares a document type of its own")


def _not_excel(name: str, why: str) -> DatasetError:
    return DatasetError(
        f"{name} is not an Excel workbook: {why}",
        rule="An .xlsx file is a workbook saved by Excel, LibreOffice or their like, without a password",
        remedy="Save it again as .xlsx, or as CSV",
    )
