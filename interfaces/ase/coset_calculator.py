"""An ASE calculator for potentials in Coset model files: ctypes over libcoset_deploy.so, nothing to compile.

    from coset_calculator import CosetCalculator
    atoms.calc = CosetCalculator("nequix-mp-1.safetensors")
    atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()

The library is found in COSET_DEPLOY_LIBRARY, beside this file, or where the system looks for libraries. `Potential` works
without ASE, with numpy arrays. Units: eV, angstrom, eV/angstrom^3.
"""
import ctypes
import json
import os
import pathlib

import numpy as np

__all__ = ["CosetCalculator", "Potential"]

_double_p = ctypes.POINTER(ctypes.c_double)
_int32_p = ctypes.POINTER(ctypes.c_int32)


class _Structure(ctypes.Structure):
    _fields_ = [
        ("atoms", ctypes.c_int64),
        ("positions", _double_p),
        ("numbers", _int32_p),
        ("cell", _double_p),
        ("periodic", ctypes.c_int32 * 3),
    ]


class _Results(ctypes.Structure):
    _fields_ = [(name, _double_p) for name in ("energy", "energies", "forces", "virial", "atom_virials")]


def _load_library():
    beside = pathlib.Path(__file__).with_name("libcoset_deploy.so")
    name = os.environ.get("COSET_DEPLOY_LIBRARY") or (str(beside) if beside.exists() else "libcoset_deploy.so")
    library = ctypes.CDLL(name)
    handle, text, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
    library.coset_open.restype = handle
    library.coset_open.argtypes = [text, ctypes.c_int, text, size]
    library.coset_close.argtypes = [handle]
    library.coset_error.restype = text
    library.coset_error.argtypes = [handle]
    library.coset_describe.restype = text
    library.coset_describe.argtypes = [handle]
    library.coset_cutoff.restype = ctypes.c_double
    library.coset_cutoff.argtypes = [handle]
    library.coset_species_index.argtypes = [handle, ctypes.c_int32]
    library.coset_evaluate.argtypes = [handle, ctypes.POINTER(_Structure), ctypes.POINTER(_Results)]
    return library


def _pointer(array, kind=_double_p):
    return array.ctypes.data_as(kind)


class Potential:
    """A model file opened for evaluation. precision: "mixed" (float32, sums in double) or "float64"."""

    _library = None

    def __init__(self, path, precision="mixed"):
        if Potential._library is None:
            Potential._library = _load_library()
        if precision not in ("mixed", "float64"):
            raise ValueError(f"expected precision 'mixed' or 'float64'; received {precision!r}")
        error = ctypes.create_string_buffer(1024)
        self._handle = self._library.coset_open(os.fsencode(path), int(precision == "float64"), error, len(error))
        if not self._handle:
            raise RuntimeError(error.value.decode())
        self.cutoff = self._library.coset_cutoff(self._handle)
        self.description = json.loads(self._library.coset_describe(self._handle).decode())

    def __del__(self):
        if getattr(self, "_handle", None):
            self._library.coset_close(self._handle)
            self._handle = None

    def knows(self, atomic_number):
        return self._library.coset_species_index(self._handle, int(atomic_number)) >= 0

    def evaluate(self, positions, numbers, cell=None, periodic=(True, True, True)):
        """energy, energies (n), forces (n, 3), virial (3, 3) = dE/dstrain, atom_virials (n, 3, 3) as a dict."""
        positions = np.ascontiguousarray(positions, dtype=np.float64).reshape(-1, 3)
        numbers = np.ascontiguousarray(numbers, dtype=np.int32)
        n = len(numbers)
        if len(positions) != n:
            raise ValueError(f"expected {n} positions; received {len(positions)}")
        structure = _Structure(n, _pointer(positions), _pointer(numbers, _int32_p))
        if cell is not None and any(periodic):
            cell = np.ascontiguousarray(cell, dtype=np.float64).reshape(3, 3)
            structure.cell = _pointer(cell)
            structure.periodic = (ctypes.c_int32 * 3)(*(int(bool(p)) for p in periodic))
        out = {
            "energy": np.zeros(1),
            "energies": np.zeros(n),
            "forces": np.zeros((n, 3)),
            "virial": np.zeros((3, 3)),
            "atom_virials": np.zeros((n, 3, 3)),
        }
        results = _Results(**{name: _pointer(array) for name, array in out.items()})
        if self._library.coset_evaluate(self._handle, ctypes.byref(structure), ctypes.byref(results)) != 0:
            raise RuntimeError(self._library.coset_error(self._handle).decode())
        out["energy"] = float(out["energy"][0])
        return out


try:
    from ase.calculators.calculator import Calculator, all_changes
    from ase.stress import full_3x3_to_voigt_6_stress
except ImportError:  # numpy alone is enough for Potential
    Calculator, all_changes = object, None


class CosetCalculator(Calculator):
    implemented_properties = ["energy", "free_energy", "energies", "forces", "stress", "stresses"]

    def __init__(self, model, precision="mixed", **kwargs):
        if all_changes is None:
            raise ImportError("CosetCalculator needs ASE")
        Calculator.__init__(self, **kwargs)
        self.potential = model if isinstance(model, Potential) else Potential(model, precision)

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        Calculator.calculate(self, atoms, properties, system_changes)
        pbc = self.atoms.get_pbc()
        out = self.potential.evaluate(self.atoms.get_positions(), self.atoms.get_atomic_numbers(),
                                      self.atoms.cell.array, pbc)
        self.results = {
            "energy": out["energy"],
            "free_energy": out["energy"],
            "energies": out["energies"],
            "forces": out["forces"],
        }
        if pbc.all():
            volume = self.atoms.get_volume()
            symmetric = 0.5 * (out["atom_virials"] + out["atom_virials"].transpose(0, 2, 1))
            self.results["stress"] = full_3x3_to_voigt_6_stress(0.5 * (out["virial"] + out["virial"].T)) / volume
            self.results["stresses"] = np.array([full_3x3_to_voigt_6_stress(v) for v in symmetric]) / volume
