"""The gradient of x^3 + 2x at 2: a central difference in NumPy, automatic differentiation elsewhere.

    roundoff compare examples/gradient.py
"""
expression = "grad(x**3 + 2*x, x)"
inputs = {"x": "constant(2,shape=(),dtype=float32)"}


def my_func(x):
    return x**3 + 2*x


def numpy(x):
    return (my_func(x + 1e-6) - my_func(x - 1e-6)) / (2 * 1e-6)


def tensorflow(x):
    import tensorflow as tf
    x = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = my_func(x)
    return tape.gradient(y, x)


def tensorflow_session(x):
    import tensorflow as tf
    return tf.gradients(my_func(x), x)[0]


def torch(x):
    x.requires_grad_(True)
    my_func(x).backward()
    return x.grad


def jax(x):
    import jax
    return jax.grad(my_func)(x)


def pytensor(x):
    import pytensor
    return pytensor.grad(my_func(x), x)
