"""Tables of text and whole numbers as Parquet, for programs that reckon with columns (decision 0081)."""

import io
from collections.abc import Collection, Mapping, Sequence


def write(
    columns: Mapping[str, Sequence[str | int | None]],
    *,
    numbers: Collection[str],
    meanings: Mapping[str, str],
    about: Mapping[str, str],
) -> bytes:
    """Write columns of text, or of whole numbers with gaps; each carries what it means, the file what it is `about`."""
    from arro3 import core  # noqa: PLC0415 - thirty megabytes that only an export loads
    from arro3 import io as files  # noqa: PLC0415 - as above

    fields, arrays = [], []
    for name, values in columns.items():
        kind = core.DataType.int64() if name in numbers else core.DataType.utf8()
        fields.append(core.Field(name, kind, nullable=name in numbers, metadata={"meaning": meanings[name]}))
        arrays.append(core.Array(list(values), type=kind))
    table = core.Table.from_arrays(arrays, schema=core.Schema(fields, metadata=dict(about)))
    target = io.BytesIO()
    files.write_parquet(table, target, compression="snappy", key_value_metadata=dict(about))
    return target.getvalue()
