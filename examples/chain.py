"""A long chain: the cumulative sum of 10,000 sines of exponentials, moved from NumPy and TensorFlow 1 to the others.

    roundoff compare examples/chain.py
"""
expression = "cumulative_sum(sin(exp(x)))"
inputs = {"x": "uniform(0,1,shape=10000,dtype=float32,seed=1)"}


def numpy(x):
    import numpy as np
    return np.cumsum(np.sin(np.exp(x)))


def tensorflow(x):
    import tensorflow as tf
    return tf.cumsum(tf.sin(tf.exp(x)))


def tensorflow_session(x):
    import tensorflow as tf
    session = tf.Session if hasattr(tf, "Session") else tf.compat.v1.Session
    x = tf.constant(x)
    with session() as sess:
        return sess.run(tf.cumsum(tf.sin(tf.exp(x))))


def torch(x):
    import torch
    return torch.cumsum(torch.sin(torch.exp(x)), dim=0)


def jax(x):
    import jax.numpy as jnp
    return jnp.cumsum(jnp.sin(jnp.exp(x)))
