"""Checkpoints as the original leaves them, of small models."""

import tarfile

import numpy as np


def as_trained(variables):
    """The variables with what the original's training leaves beside them, on one GPU with cuDNN."""
    rng = np.random.default_rng(0)
    slots = {
        f"{name}/{slot}": rng.normal(size=value.shape).astype(np.float32)
        for name, value in variables.items()
        for slot in ("Adam", "Adam_1", "ExponentialMovingAverage")
    }
    powers = {"beta1_power": np.float32(0.5), "beta2_power": np.float32(0.9), "global_step": np.int64(1234)}
    cudnn = {f"decoder/opaque_kernel{slot}": np.zeros(7, np.float32) for slot in ("", "/Adam", "/Adam_1")}
    return {**variables, **slots, **powers, **cudnn}


def pack(path, prefix):
    """A tar of a checkpoint, as the published ones are."""
    with tarfile.open(path, "w:gz" if path.suffix in (".gz", ".tgz") else "w") as tar:
        for file in sorted(prefix.parent.glob(f"{prefix.name}.*")):
            tar.add(file, arcname=file.name)
    return path


def assert_same_weights(one, other):
    """Equal, but for the forget gates' biases, which are stored with 1 less."""
    for a, b in zip(one.trainable_weights, other.trainable_weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=5e-7 if a.name == "bias" else 0, err_msg=a.path)
