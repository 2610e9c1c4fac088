"""Writes the numpy files of this folder. Made with numpy 2.4.6: python3 make_numpy.py

Every array holds the values 0 1 2 3 4 5 in the shape (2, 3), as its dtype can hold them (bool: 0 1 0 1 0 1).
Names: dtype code, byte order (l little, b big), memory order (c, f).
"""

import io
import numpy as np

arrays = {}
for code in ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]:
    values = np.arange(6) % 2 if code == "b1" else np.arange(6)
    for order, letter in [("<", "l"), (">", "b")]:
        for memory in ["c", "f"]:
            array = np.array(values.reshape(2, 3), dtype=order + code, order=memory.upper())
            arrays[f"{code}_{letter}_{memory}"] = array
np.savez("numpy_stored.npz", **arrays)
np.savez_compressed("numpy_deflated.npz", **arrays)
for version in [(1, 0), (2, 0), (3, 0)]:
    with open(f"version{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, arrays["f8_l_c"], version=version)
np.save("scalar.npy", np.float64(2.5))
np.save("empty.npy", np.zeros((0, 3), dtype=np.float32))
np.save("three_axes_fortran.npy", np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)))
np.save("complex.npy", np.zeros(2, dtype=np.complex128))
np.save("record.npy", np.zeros(2, dtype=[("a", "f4")]))
