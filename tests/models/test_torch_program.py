"""PyTorch programs: what could run code is refused; the others give their numbers."""

import json
import zipfile

import numpy as np
import pytest

from hirise.errors import InputError
from hirise.models.inspection import inspect_model
from hirise.models.torch_program import read_program

NODE = {
    "target": "torch.ops.aten.flatten.using_ints",
    "inputs": [],
    "outputs": [],
    "metadata": {"stack_trace": "code"},
}


def tensor(*sizes):
    return {"sizes": [{"as_int": n} if n else {"as_expr": {}} for n in sizes]}


def write_program(path, *, node=None, weights=None, batch=0, model="model"):
    """A file as `torch.export.save` writes it, as far as it is read before loading."""
    ends = {
        "input_specs": [{"user_input": {"arg": {"as_tensor": {"name": "x"}}}}],
        "output_specs": [{"user_output": {"arg": {"as_tensor": {"name": "y"}}}}],
    }
    values = {"x": tensor(batch, 3, 8, 8), "y": tensor(batch, 4)}
    graph = {"nodes": [NODE | (node or {})], "tensor_values": values}
    document = {
        "graph_module": {"graph": graph, "signature": ends},
        "guards_code": ["__import__('os').system('false')"],
    }
    weight = {"path_name": "weight_0", "use_pickle": False, "tensor_meta": {"dtype": 7}}
    configs = {"w": weight | (weights or {})}
    members = {
        f"models/{model}.json": json.dumps(document),
        "archive_version": "0",
        "byteorder": "little",
        ".data/version": "3",
        f"data/weights/{model}_weights_config.json": json.dumps({"config": configs}),
        "data/weights/weight_0": b"1234",
        f"data/constants/{model}_constants_config.json": '{"config": {}}',
        f"data/sample_inputs/{model}.pt": b"a pickle",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"m/{name}", content)
    return path


def test_a_copy_has_no_guards_no_notes_and_no_sample_inputs(tmp_path):
    program = read_program(write_program(tmp_path / "m.pt2"))
    copy = json.loads(program.members["models/model.json"])
    assert copy["guards_code"] == []
    assert copy["graph_module"]["graph"]["nodes"][0]["metadata"] == {}
    assert program.members["data/sample_inputs/model.pt"] == b""
    assert program.members["data/weights/weight_0"] == b"1234"
    assert (program.input_shape, program.output_shape) == ((None, 3, 8, 8), (None, 4))
    assert program.batch is None


def test_a_fixed_batch_is_known(tmp_path):
    assert read_program(write_program(tmp_path / "m.pt2", batch=1)).batch == 1


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"node": {"target": "torch.os.system"}}, r"calls torch\.os\.system"),
        ({"node": {"target": "torch.load"}}, r"calls torch\.load"),
        (
            {"node": {"target": "torch.ops.aten.from_file.default"}},
            r"calls torch\.ops\.aten\.from_file",
        ),
        ({"node": {"target": "#wild:thing"}}, "not an operator of a classifier"),
        (
            {"node": {"inputs": [{"expr_str": "__import__('os').getcwd()"}]}},
            "which is not plain arithmetic",
        ),
        ({"weights": {"use_pickle": True}}, "weight_0 as a pickle"),
        ({"weights": {"path_name": "custom_obj_0"}}, "custom_obj_0 as a pickle"),
        ({"weights": {"path_name": "../weight_0"}}, "as a pickle"),
        ({"weights": {"path_name": "weight_9"}}, "is not an exported program"),
        ({"model": "a/b"}, "holds 0 programs"),
    ],
)
def test_what_could_run_code_is_refused_in_one_line(tmp_path, change, line):
    path = write_program(tmp_path / "m.pt2", **change)
    with pytest.raises(InputError, match=line) as caught:
        inspect_model(path)
    assert "\n" not in str(caught.value)


def test_sizes_are_arithmetic_of_symbols(tmp_path):
    size = "Mul(Integer(2), Symbol('s77', positive=True, integer=True))"
    read_program(
        write_program(tmp_path / "m.pt2", node={"inputs": [{"expr_str": size}]})
    )


def test_a_file_that_is_no_zip_is_refused(tmp_path):
    (tmp_path / "m.pt2").write_bytes(b"no zip at all")
    with pytest.raises(InputError, match=r"m\.pt2"):
        inspect_model(tmp_path / "m.pt2")


@pytest.mark.parametrize("fixed", [True, False])
def test_a_program_gives_the_numbers_of_its_network(tmp_path, fixed):
    torch = pytest.importorskip("torch")
    from hirise.models.predictor import load

    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3), torch.nn.Flatten(), torch.nn.Linear(144, 5)
    ).eval()
    images = torch.rand(3, 3, 8, 8)
    example = images[:2].clone()
    shapes = None if fixed else ({0: torch.export.Dim("n", min=1, max=64)},)
    program = torch.export.export(network, (example,), dynamic_shapes=shapes)
    torch.export.save(program, tmp_path / "m.pt2")
    model = load(tmp_path / "m.pt2", "pt2")
    assert (model.size, model.channels, model.layout) == (8, 3, "NCHW")
    with torch.inference_mode():
        wanted = network(images).numpy()
    found = model.predict(images.numpy().transpose(0, 2, 3, 1))
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_a_program_that_views_its_images_gives_the_same_numbers(tmp_path):
    torch = pytest.importorskip("torch")
    from hirise.models.predictor import load

    class Viewing(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.convolution = torch.nn.Conv2d(3, 4, 3)
            self.head = torch.nn.Linear(144, 5)

        def forward(self, images):
            # Impossible on images whose channels come last.
            return self.head(self.convolution(images).view(-1, 144))

    torch.manual_seed(0)
    network = Viewing().eval()
    images = torch.rand(3, 3, 8, 8)
    shapes = ({0: torch.export.Dim("n", min=1, max=64)},)
    program = torch.export.export(network, (images[:2].clone(),), dynamic_shapes=shapes)
    torch.export.save(program, tmp_path / "m.pt2")
    with torch.inference_mode():
        wanted = network(images).numpy()
    model = load(tmp_path / "m.pt2", "pt2")
    found = model.predict(images.numpy().transpose(0, 2, 3, 1))
    np.testing.assert_allclose(found, wanted, atol=1e-6)
