"""Save networks with the Keras that is installed, each with an input and what it answers, as test data for a machine
without Keras: ``python tests/networks/record_networks.py tests/networks/data fcn siamese``.

Keras stores without compressing; most of a small weights file is empty space, so it is packed here.
"""

import json
import os
import sys
import zipfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
from architectures import NETWORKS, trained


def record(folder, name):
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    model = trained(NETWORKS[name](keras))
    path = Path(folder, f"keras-{keras.__version__}-{name}.keras")
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        members = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for member, content in members.items():
            archive.writestr(zipfile.ZipInfo(member), content, zipfile.ZIP_DEFLATED)
    chance = np.random.default_rng(0)
    # Of eighths of integers little is written.
    x = [np.round(chance.normal(size=tensor.shape[1:]) * 8).astype("float32") / 8 for tensor in model.inputs]
    batch = [array[None] for array in x]
    names = [tensor.name for tensor in model.inputs]
    is_named = hasattr(model, "_inputs_struct") and isinstance(model._inputs_struct, dict)
    given = dict(zip(sorted(model._inputs_struct), batch, strict=True)) if is_named else batch
    answers = model(given if is_named or len(batch) > 1 else batch[0])
    if isinstance(answers, dict):
        answers = [answers[key] for key in sorted(answers)]
    answers = answers if isinstance(answers, list) else [answers]
    said = {"names": names, "x": [array.tolist() for array in x]}
    said["answers"] = [np.asarray(answer)[0].tolist() for answer in answers]
    path.with_suffix(".json").write_text(json.dumps(said) + "\n")


if __name__ == "__main__":
    for name in sys.argv[2:]:
        record(sys.argv[1], name)
