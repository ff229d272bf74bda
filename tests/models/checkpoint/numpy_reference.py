# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""Checkpoint files by NumPy and by a safetensors writer and reader of a few lines that share
nothing with Olivine's.

  numpy_reference.py write FOLDER   files, and beside them NAME.raw (the elements' bytes),
                                    NAME.f32 (the same as float32) and NAME.shape for each array
  numpy_reference.py read FILE      prints tensors of a safetensors file: name, dtype, shape, sum
"""

import json
import pathlib
import struct
import sys
import zipfile

import numpy as np

SEED = 20
SAFETENSORS_NAMES = {"<f2": "F16", "<f4": "F32", "<f8": "F64", "|i1": "I8", "<i2": "I16",
                     "<i4": "I32", "<i8": "I64", "|u1": "U8", "<u2": "U16", "<u4": "U32",
                     "<u8": "U64", "|b1": "BOOL"}


def arrays():
    rng = np.random.default_rng(SEED)
    shapes = [(), (1,), (7,), (8, 3), (2, 3, 5), (0, 4)]
    for i, (descr, name) in enumerate(SAFETENSORS_NAMES.items()):
        for kind, shape in (("any", shapes[i % len(shapes)]), ("matrix", (13, 11))):
            values = np.asarray(rng.standard_normal(shape) * 50)
            yield f"{name.lower()}_{kind}", values.astype(descr)


def write_expected(folder, name, array):
    (folder / f"{name}.raw").write_bytes(array.tobytes())
    (folder / f"{name}.f32").write_bytes(array.astype("<f4").tobytes())
    (folder / f"{name}.shape").write_text(",".join(map(str, array.shape)))


def write_safetensors(path, tensors):
    header, data = {"__metadata__": {"writer": "NumPy"}}, b""
    for name, array in tensors.items():
        raw = array.tobytes()
        header[name] = {"dtype": SAFETENSORS_NAMES[array.dtype.str], "shape": list(array.shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_zip64(path, tensors):
    """Every size and offset of the directory in its 64-bit field."""
    zipfile.ZIP64_LIMIT = 0
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in tensors.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array)
    data = path.read_bytes()
    path.write_bytes(data[:-14] + b"\xff" * 12 + data[-2:])  # the end record too


def write(folder):
    tensors = dict(arrays())
    for name, array in tensors.items():
        np.save(folder / f"{name}.npy", array)
        write_expected(folder, name, array)
    np.savez(folder / "stored.npz", **tensors)
    np.savez_compressed(folder / "deflated.npz", **tensors)
    write_safetensors(folder / "all.safetensors", tensors)
    write_zip64(folder / "zip64.npz", tensors)
    np.save(folder / "fortran.npy", np.asfortranarray(tensors["f32_matrix"]))
    with open(folder / "version2.npy", "wb") as file:
        np.lib.format.write_array(file, tensors["f32_matrix"], version=(2, 0))


def read(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    dtypes = {name: descr for descr, name in SAFETENSORS_NAMES.items()}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        array = np.frombuffer(data[8 + length + begin:8 + length + end], dtypes[entry["dtype"]])
        shape = "x".join(map(str, entry["shape"]))
        print(name, entry["dtype"], shape, float(array.reshape(entry["shape"]).sum(dtype="f8")))


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](pathlib.Path(sys.argv[2]))
