"""PyTorch programs (`.pt2`, by `torch.export.save`), checked without PyTorch.

`torch.export.load` unpickles sample inputs, calls whatever function of `torch` a node
names, and evaluates guards and shapes as Python. So only a copy is loaded that holds
what was checked here: the graph with ATen operators, shapes as plain arithmetic, and
weights as plain bytes.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile, ZipFile

from hirise.archives import open_zip
from hirise.errors import InputError, error_line, shown

MOST_GRAPH_BYTES, MOST_BYTES = 50_000_000, 4_000_000_000
WEIGHTS, CONSTANTS = "data/weights/", "data/constants/"
_OPERATORS = re.compile(
    r"torch\.ops\.(aten|prims|quantized_decomposed)\.\w+\.\w+"
    r"|_operator\.(getitem|add|sub|mul|floordiv|truediv|mod|neg|eq|ne|lt|le|gt|ge)"
    r"|torch\.(sym_int|sym_float|sym_max|sym_min|sym_not)"
)
_FILES = ("from_file", "save", "load")
"""Parts of names of operators that touch files, such as `aten.from_file`."""
_SHAPE = re.compile(
    r"(?:'[a-z]\d+'|[a-z]\d+|\d+|[\s+\-*/(),=]"
    r"|Symbol|Integer|Add|Mul|Pow|Max|Min|Mod|FloorDiv|CeilDiv|ModularIndexing"
    r"|positive|nonnegative|integer|True|False)+"
)
EXPORT_AGAIN = (
    "Export it again with `torch.export.save(torch.export.export(model, …))`."
)


class Program(NamedTuple):
    """What is loaded of a file.

    Attributes
    ----------
    members : dict of str to bytes
        The files of a safe copy, by name.
    input_shape, output_shape : tuple of int or None
        Batch first; None for any size.
    batch : int or None
        How many images a batch must have, if that is fixed.
    """

    members: dict[str, bytes]
    input_shape: tuple[int | None, ...]
    output_shape: tuple[int | None, ...]
    batch: int | None


def read_program(path: Path) -> Program:
    """Read and check a `.pt2` file.

    Raises
    ------
    InputError
        One that could run code, holds pickles, or is not an exported program.
    """
    try:
        with open_zip(path, most_bytes=MOST_BYTES) as archive:
            return _checked(path, archive)
    except (BadZipFile, OSError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"The file is not an exported program ({error_line(error)}).",
            where=path,
            how=EXPORT_AGAIN,
        ) from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"The description of the program is not JSON ({error_line(error)}).",
            where=path,
            how=EXPORT_AGAIN,
        ) from error


def _checked(path: Path, archive: ZipFile) -> Program:
    names = {name.partition("/")[2]: name for name in archive.namelist()}
    graphs = [n for n in names if re.fullmatch(r"models/\w+\.json", n)]
    if len(graphs) != 1 or archive.getinfo(names[graphs[0]]).file_size > (
        MOST_GRAPH_BYTES
    ):
        raise InputError(
            f"The file holds {len(graphs)} programs in the form of PyTorch 2.9 and "
            "later; one is expected.",
            where=path,
            how=EXPORT_AGAIN,
        )
    model = Path(graphs[0]).stem
    document = json.loads(archive.read(names[graphs[0]]))
    _check_graph(path, document)
    members = {
        graphs[0]: json.dumps(_without_code(document)).encode(),
        "archive_format": b"pt2",
        # Empty: PyTorch would unpickle what the file holds.
        f"data/sample_inputs/{model}.pt": b"",
        "archive_version": archive.read(names["archive_version"]),
        "byteorder": archive.read(names["byteorder"]),
        ".data/version": archive.read(names[".data/version"]),
    }
    for folder, kind in ((WEIGHTS, "weights"), (CONSTANTS, "constants")):
        place = f"{folder}{model}_{kind}_config.json"
        members |= _tensors(path, archive, names, folder, place)
    return Program(members, *_shapes(document["graph_module"]))


def _tensors(
    path: Path, archive: ZipFile, names: dict[str, str], folder: str, place: str
) -> dict[str, bytes]:
    """The files of the tensors that a configuration lists, none of them pickled."""
    config = json.loads(archive.read(names[place]))
    members = {place: json.dumps(config).encode()}
    for entry in config["config"].values():
        name = str(entry["path_name"])
        is_plain = re.fullmatch(r"(weight|tensor)_\d+", name) is not None
        if entry.get("use_pickle") or not is_plain or not entry.get("tensor_meta"):
            raise InputError(
                f"The program holds {shown(name)} as a pickle, which could run any "
                "code, and is not loaded.",
                where=path,
                how="Export it with only plain tensors, or to ONNX.",
            )
        members[folder + name] = archive.read(names[folder + name])
    return members


def _check_graph(path: Path, document: Any) -> None:
    """Refuse operators that are not ATen's, and shapes that are not arithmetic."""
    left = [document]
    while left:
        item = left.pop()
        if isinstance(item, list):
            left.extend(item)
        if not isinstance(item, dict):
            continue
        left.extend(item.values())
        target, shape = item.get("target"), item.get("expr_str")
        # An input has a target too: the name of its weight.
        is_node = "inputs" in item and "target" in item
        if is_node and not _is_safe(str(target)):
            raise InputError(
                f"The program calls {shown(str(target))}, which is not an operator of "
                "a classifier.",
                where=path,
                how="Export it with only the standard operators, or to ONNX.",
            )
        if shape is not None and not _SHAPE.fullmatch(str(shape)):
            raise InputError(
                f"The program has a size {shown(str(shape))}, which is not plain "
                "arithmetic.",
                where=path,
                how=EXPORT_AGAIN,
            )


def _is_safe(target: str) -> bool:
    return _OPERATORS.fullmatch(target) is not None and not any(
        word in target for word in _FILES
    )


def _without_code(document: dict[str, Any]) -> dict[str, Any]:
    """The program without guards, which are Python code, and without notes."""
    graph = document["graph_module"]["graph"]
    nodes = [{**node, "metadata": {}} for node in graph["nodes"]]
    module = {**document["graph_module"], "graph": {**graph, "nodes": nodes}}
    return {**document, "graph_module": module, "guards_code": []}


def _shapes(
    module: dict[str, Any],
) -> tuple[tuple[int | None, ...], tuple[int | None, ...], int | None]:
    """Shapes of the image and of the numbers, and how many images a batch must have."""
    signature, values = module["signature"], module["graph"]["tensor_values"]
    inputs = [s["user_input"] for s in signature["input_specs"] if "user_input" in s]
    outputs = [
        s["user_output"] for s in signature["output_specs"] if "user_output" in s
    ]
    if len(inputs) != 1 or len(outputs) != 1:
        raise InputError(
            f"The program has {len(inputs)} inputs and {len(outputs)} outputs. One "
            "image and one list of numbers are expected."
        )
    taken, given = (
        [
            size.get("as_int")
            for size in values[one["arg"]["as_tensor"]["name"]]["sizes"]
        ]
        for one in (inputs[0], outputs[0])
    )
    return (None, *taken[1:]), (None, *given[1:]), taken[0] if taken else None
