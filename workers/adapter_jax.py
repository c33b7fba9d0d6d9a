"""JAX: jit, and op by op.

64-bit types are off in JAX unless asked for; they are switched on for exactly those requests that bring a 64-bit input,
as a user who has such data must, and off for the others. A Python constant is weakly typed: beside it float32 stays
float32 either way.
"""

import numpy

from .adapter import Adapter, axes_tuple, index_of


class Jax(Adapter):
    framework = 'jax'
    package = 'jax'
    distributions = ('jax',)
    modes = ('jit', 'eager')
    port_mode = 'eager'
    namespaces = ('jax.numpy', 'jax.nn', 'jax.scipy.special', 'jax.lax')
    spellings = {'lgamma': 'gammaln'}
    attributes = {'correction': 'ddof'}
    lacks = ('does not accept dtype', 'is not a valid JAX array type')

    def after_import(self):
        self.np = self.find('jax.numpy')
        self.wide = self.module.config.jax_enable_x64  # as the environment has it

    def provenance(self):
        jax = self.module
        device = jax.devices()[0]
        return {
            'jaxlib': self.find('jaxlib').__version__,
            'device': device.device_kind,
            'platform': device.platform,
            'jax_enable_x64': str(jax.config.jax_enable_x64),
        }

    def tensor(self, array):
        data = array.data.view(numpy.dtype(self.np.bfloat16)) if array.dtype == 'bfloat16' else array.data
        return self.np.asarray(data)

    def shape(self, x):
        return tuple(x.shape)

    def dtype_of(self, x):
        return x.dtype.name

    def op_gelu(self, x, approximate):
        return self.find('jax.nn.gelu')(x, approximate=approximate == 'tanh')

    def op_cumulative_sum(self, x, axis):
        return self.np.cumsum(x, axis=axis)

    def op_cumulative_prod(self, x, axis):
        return self.np.cumprod(x, axis=axis)

    def op_permute_dims(self, x, axes):
        return self.np.transpose(x, axes)

    def op_concat(self, *args, **attrs):
        return self.np.concatenate(args, axis=attrs['axis'])

    def op_reshape(self, x, shape):
        return self.np.reshape(x, shape)

    def op_astype(self, x, dtype):
        return x.astype(dtype)

    def op_slice(self, x, starts, stops, steps, drop):
        return x[index_of(starts, stops, steps, drop)]

    def op_flip(self, x, axis):
        return self.np.flip(x, axes_tuple(axis, x.ndim))

    def gradient(self, function, x, nested):
        return self.module.grad(lambda v: self.np.sum(function(v)))(x)

    def plan(self, mode, body, arrays):
        wide = self.wide or any(a.data.dtype.itemsize == 8 for a in arrays)
        self.module.config.update('jax_enable_x64', wide)
        return Adapter.plan(self, mode, self.module.jit(body) if mode == 'jit' else body, arrays)

    def ready(self, values):
        for value in values:
            if hasattr(value, 'block_until_ready'):
                value.block_until_ready()
        return values


ADAPTER = Jax
