"""Writes tests/golden/io/pickle: pickles and an archive laid out as torch.save does, with the standard library alone.
Python 3.11; `python3 make_pickles.py`."""
import collections
import io
import os
import pathlib
import pickle
import struct
import sys
import types
import zipfile

HERE = pathlib.Path(__file__).parent / "pickle"
PLAIN = {
    "none": None, "yes": True, "no": False, "small": 7, "negative": -3, "large": 1 << 40, "real": 0.1, "text": "Ångström",
    "bytes": b"\x00\xff", "list": [1, [2, 3]], "tuple": (1, "b"), "set": {5}, 89: "key", "ordered": collections.OrderedDict(a=1),
}


def fake(module, name):
    parts = module.split(".")
    for i in range(len(parts)):
        sys.modules.setdefault(".".join(parts[: i + 1]), types.ModuleType(".".join(parts[: i + 1])))
    made = types.FunctionType((lambda *a: None).__code__, {}, name)
    made.__module__, made.__qualname__ = module, name
    setattr(sys.modules[module], name, made)
    return made


class Call:
    """An object whose pickle calls a function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class Storage:
    def __init__(self, kind, key, numel):
        self.id = ("storage", kind, key, "cuda:0", numel)


class TorchPickler(pickle.Pickler):
    def persistent_id(self, value):
        return value.id if isinstance(value, Storage) else None


def archive(path, value, storages):
    out = io.BytesIO()
    TorchPickler(out, 2).dump(value)
    with zipfile.ZipFile(path, "w") as z:
        for name, data in {"data.pkl": out.getvalue(), "byteorder": b"little", **storages, "version": b"3\n"}.items():
            z.writestr(zipfile.ZipInfo("model/" + name), data)


HERE.mkdir(exist_ok=True)
for protocol in (2, 3, 4, 5):
    (HERE / f"plain{protocol}.pkl").write_bytes(pickle.dumps(PLAIN, protocol))
(HERE / "call.pkl").write_bytes(pickle.dumps({"harmless": 1, "w": Call(os.system, "echo executed > /tmp/coset-pickle-executed")}, 2))
(HERE / "module.pkl").write_bytes(pickle.dumps([Call(fake("mace.modules.models", "ScaleShiftMACE"))], 4))
sys.setrecursionlimit(20000)
deep = []
for _ in range(900):
    deep = [deep]
(HERE / "deep.pkl").write_bytes(pickle.dumps(deep, 2))
rebuild, floats, longs = (fake("torch._utils", "_rebuild_tensor_v2"), fake("torch", "FloatStorage"), fake("torch", "LongStorage"))
reconstruct, ndarray, dtype = (fake("numpy.core.multiarray", "_reconstruct"), fake("numpy", "ndarray"), fake("numpy", "dtype"))
device = fake("torch", "device")


class Array(Call):
    def __reduce__(self):
        return (*self.call, (1, (3,), Type(dtype, "f4", False, True), False, struct.pack("<3f", 1, 2, 3)))


class Type(Call):
    def __reduce__(self):
        return (*self.call, (3, "<", None, None, None, -1, -1, 0))


value = {
    "model_state_dict": collections.OrderedDict(
        weight=Call(rebuild, Storage(floats, "0", 6), 0, (2, 3), (3, 1), False, collections.OrderedDict()),
        transposed=Call(rebuild, Storage(floats, "0", 6), 0, (3, 2), (1, 3), False, collections.OrderedDict()),
        part=Call(rebuild, Storage(longs, "1", 3), 1, (2,), (1,), False, collections.OrderedDict()),
    ),
    "config": {"device": Call(device, "cuda"), "shift": Array(reconstruct, ndarray, (0,), b"b"), "cutoff": 5.0},
}
storages = {"data/0": struct.pack("<6f", *range(6)), "data/1": struct.pack("<3q", 10, 20, 30)}
archive(HERE / "tensors.pth", value, storages)
beyond = {"w": Call(rebuild, Storage(floats, "0", 6), 3, (4,), (1,), False, collections.OrderedDict())}
archive(HERE / "beyond.pth", beyond, storages)
