"""The product of two uniform 1000 x 1000 matrices.

    roundoff compare examples/matmul.py
"""
expression = "matmul(a, b)"
inputs = {
    "a": "uniform(0,1,shape=(1000,1000),dtype=float32,seed=1)",
    "b": "uniform(0,1,shape=(1000,1000),dtype=float32,seed=2)",
}


def numpy(a, b):
    import numpy as np
    return np.matmul(a, b)


def tensorflow(a, b):
    import tensorflow as tf
    return tf.matmul(a, b)


def tensorflow_session(a, b):
    import tensorflow as tf
    session = tf.Session if hasattr(tf, "Session") else tf.compat.v1.Session
    with session() as sess:
        return sess.run(tf.matmul(tf.constant(a), tf.constant(b)))


def torch(a, b):
    import torch
    return torch.mm(a, b)


def jax(a, b):
    import jax.numpy as jnp
    return jnp.matmul(a, b)
