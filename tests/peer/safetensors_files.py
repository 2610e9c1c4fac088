"""The safetensors package reads our files and we read its; then it opens a model file that `coset train` wrote."""
import json

import numpy as np
import safetensors
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import meeting

TYPES = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16,
         torch.float32, torch.float64]


def tensors():
    for dtype in TYPES:
        for shape in [(), (0,), (3,), (2, 0, 5), (4, 3, 2)]:
            values = torch.randint(0, 2 if dtype == torch.bool else 100, shape).to(dtype)
            yield f"{str(dtype)[6:]}.{'x'.join(map(str, shape)) or 'scalar'}", values


def round_trip(given, folder):
    content = dict(tensors())
    save_file(content, folder / "theirs.safetensors", metadata={"note": "ünï \"quoted\""})
    meeting.call(given.files, "copy-safetensors", folder / "theirs.safetensors", folder / "ours.safetensors")
    ours = load_file(folder / "ours.safetensors")
    assert ours.keys() == content.keys()
    for name, expected in content.items():
        assert ours[name].dtype == expected.dtype and torch.equal(ours[name], expected), name
    with safe_open(folder / "ours.safetensors", framework="pt") as file:
        assert file.metadata()["note"] == "ünï \"quoted\""
    return len(content)


def model_file(given, folder):
    run = folder / "run"
    meeting.call(given.program, "train", "nbody", "--preset", "demo", "--out", run, "--threads", "1", "epochs=1",
                 "train_samples=200", "valid_samples=100", "test_samples=100")
    with safe_open(run / "model.safetensors", framework="np") as file:
        names = list(file.keys())
        header = json.loads(file.metadata()["coset"])
        count = sum(int(np.prod(file.get_slice(name).get_shape())) for name in names)
        finite = all(np.isfinite(file.get_tensor(name)).all() for name in names)
    assert finite and header["architecture"], header
    assert count >= header["parameters"] > 100_000, (count, header["parameters"])
    checkpoint = load_file(run / "checkpoints" / "last.safetensors")
    assert any(name.startswith("adam.m.") for name in checkpoint)
    return header["architecture"], header["parameters"]


def main():
    given = meeting.arguments()
    folder = meeting.scratch()
    compared = round_trip(given, folder)
    architecture, parameters = model_file(given, folder)
    print(f"safetensors {safetensors.__version__}: {compared} tensors both ways; opens the model file of "
          f"{architecture} with {parameters} parameters")


main()
