"""Ask Keras once for what the examples need, and keep its answers beside this file: ``python -m
convexplain.data.record``.

The notebook's model is drawn with ``keras.utils.set_random_seed``, which fixes its input as the notebook's own seed
does, and its kernels, which that seed leaves to chance under Keras 3. Nothing else in the package runs this.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from convexplain.examples import EXAMPLES, NOTEBOOK_SEED, siblings
from convexplain.layers import Conv1D
from convexplain.stories.both_ways.backward import UPSTREAM
from convexplain.system import parts


def draw_notebook() -> tuple[Any, np.ndarray]:
    """The notebook's Keras model, both levels as outputs, and its input (1, steps, channels)."""
    keras = parts.require("keras")
    import tensorflow as tf

    keras.utils.set_random_seed(NOTEBOOK_SEED)
    x = tf.random.uniform((1, 20, 1))
    outputs = [keras.Input(shape=(20, 1), name="input")]
    for number, filters in enumerate([4, 8], 1):
        layer = keras.layers.Conv1D(
            filters, 5, name=f"conv_{number}", kernel_initializer="glorot_uniform", use_bias=False
        )
        outputs.append(layer(outputs[-1]))
    return keras.Model(inputs=outputs[0], outputs=outputs[1:]), x.numpy()


def small_model(name: str) -> tuple[Any, np.ndarray]:
    """A small example as a Keras model with its weights set, and its input (1, steps, channels)."""
    keras = parts.require("keras")
    stack, numbers = EXAMPLES[name].stack, EXAMPLES[name].numbers
    assert numbers is not None
    weights, x = numbers()
    outputs = [keras.Input(shape=stack.input_shape)]
    for layer in stack.layers:
        outputs.append(_made(layer)(outputs[-1]))
    model = keras.Model(inputs=outputs[0], outputs=outputs[1:])
    model.set_weights([np.asarray(array, dtype="float32") for arrays in weights for array in arrays])
    return model, np.asarray(x, dtype="float32")[np.newaxis]


def _made(layer: Conv1D) -> Any:
    """A record as a Keras layer."""
    names = ("filters", "kernel_size", "strides", "padding", "dilation_rate", "groups", "activation", "use_bias")
    return parts.require("keras").layers.Conv1D(**{name: getattr(layer, name) for name in names})


def ask_siblings(layer: Conv1D, weights: list[np.ndarray], x: np.ndarray) -> dict[str, np.ndarray]:
    """What Keras answers for the siblings of a layer with its weights, by their representation; x is (1, steps,
    channels).
    """
    answers = {}
    for other in siblings(layer):
        asked = _made(other)
        asked.build(x.shape)
        asked.set_weights(weights)
        answers[repr(other)] = asked(x).numpy()[0]
    return answers


def ask_gradient(model: Any, x: np.ndarray) -> dict[str, np.ndarray]:
    """How much L, the sum of g times the outputs of one filter of the first layer, changes with each sample, as
    TensorFlow follows it back: for each filter by itself. x is (1, steps, channels).
    """
    import tensorflow as tf

    samples = tf.Variable(x)
    with tf.GradientTape(persistent=True) as tape:
        y = model.layers[1](samples)[0]
        g = np.resize(np.array(UPSTREAM, np.float32), y.shape[0])
        losses = [tf.reduce_sum(y[:, f] * g) for f in range(y.shape[1])]
    slopes = [tape.gradient(loss, samples).numpy()[0] for loss in losses]
    return {"g": g, "gradient": np.stack(slopes, axis=-1)}


def record(folder: Path) -> None:
    """Write one file per example into ``folder``."""
    keras = parts.require("keras")
    import tensorflow as tf

    source = f"Keras {keras.__version__}, TensorFlow {tf.__version__}, called eagerly"
    for name in EXAMPLES:
        model, x = draw_notebook() if name == "notebook" else small_model(name)
        answers = model(x)
        arrays = {"x": x[0], "source": np.array(source)}
        for number, (layer, answer) in enumerate(
            zip(model.layers[1:], answers if isinstance(answers, list) else [answers], strict=True), 1
        ):
            arrays |= {f"{kind}{number}": array for kind, array in zip("wb", layer.get_weights(), strict=False)}
            arrays[f"y{number}"] = answer.numpy()[0]
        arrays |= ask_siblings(EXAMPLES[name].stack.layers[0], model.layers[1].get_weights(), x)
        if name in ("gradient_flip", "notebook"):
            arrays |= ask_gradient(model, x)
        np.savez(folder / f"{name}.npz", **arrays)
        print(f"{name}: {', '.join(f'{key} {value.shape}' for key, value in arrays.items() if value.ndim)}")


if __name__ == "__main__":
    record(Path(__file__).parent)
