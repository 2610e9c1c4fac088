"""numpy writes, Coset reads and writes again, numpy reads: every element type, shape and layout, stored and compressed."""
import numpy as np

import meeting

TYPES = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]
SHAPES = [(), (0,), (1,), (7,), (2, 0, 3), (2, 3, 4), (1, 5, 1, 2)]


def arrays(random):
    for code in TYPES:
        for shape in SHAPES:
            raw = random.integers(0, 256, size=(int(np.prod(shape)) * np.dtype(code).itemsize,), dtype=np.uint8)
            values = (raw > 127).reshape(shape) if code == "b1" else raw.view(code).reshape(shape)
            name = f"{code}_{'x'.join(map(str, shape)) or 'scalar'}"
            yield name, values
            if len(shape) > 1:
                yield name + "_fortran", np.asfortranarray(values)
            if np.dtype(code).itemsize > 1:
                yield name + "_big_endian", values.astype(values.dtype.newbyteorder(">"))


def main():
    given = meeting.arguments()
    folder = meeting.scratch()
    content = dict(arrays(np.random.default_rng()))
    compared = 0
    for save in (np.savez, np.savez_compressed):
        save(folder / "numpy.npz", **content)
        for mode in ("stored", "compressed"):
            meeting.call(given.files, "copy-npz", folder / "numpy.npz", folder / "ours.npz", mode)
            with np.load(folder / "ours.npz", allow_pickle=False) as ours:
                assert sorted(ours.files) == sorted(content), "names differ"
                for name, expected in content.items():
                    found = ours[name]
                    assert found.shape == expected.shape, (name, found.shape, expected.shape)
                    assert found.dtype == expected.dtype.newbyteorder("="), (name, found.dtype)
                    assert found.tobytes() == expected.astype(found.dtype).tobytes(), name
                    compared += 1
    assert compared == 4 * len(content) and compared > 500
    print(f"numpy {np.__version__}: {compared} arrays, both ways, bit for bit")


main()
