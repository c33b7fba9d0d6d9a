"""Square roots of 0 to 99, where TensorFlow 1 could not even get those of 1, 4 and 9.

    roundoff compare examples/sqrt.py
"""
expression = "sqrt(x)"
inputs = {"x": "arange(100,dtype=float32)"}


def numpy(x):
    import numpy as np
    return np.sqrt(x)


def tensorflow(x):
    import tensorflow as tf
    return tf.sqrt(x)


def tensorflow_session(x):
    import tensorflow as tf
    session = tf.Session if hasattr(tf, "Session") else tf.compat.v1.Session
    x = tf.constant(x, dtype=x.dtype)
    with session() as sess:
        return sess.run(tf.sqrt(x))


def torch(x):
    import torch
    return torch.sqrt(x)


def jax(x):
    import jax.numpy as jnp
    return jnp.sqrt(x)


def numba(x):
    import numba
    import numpy as np

    @numba.njit
    def root(v):
        return np.sqrt(v)

    return root(x)


def pytensor(x):
    import pytensor.tensor as pt
    return pt.sqrt(x)
