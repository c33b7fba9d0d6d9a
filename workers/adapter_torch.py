"""PyTorch: eager, and torch.compile where a compiler works."""

import re

import numpy

from .adapter import Adapter, Array, Unsupported, axes_tuple, index_of, one_line
from .torch_files import TorchFile


class Torch(Adapter):
    framework = 'torch'
    package = 'torch'
    distributions = ('torch', 'torch-cpu')
    modes = ('eager', 'compile')
    namespaces = ('torch', 'torch.special', 'torch.nn.functional')
    spellings = {'equal': 'eq', 'not_equal': 'ne', 'permute_dims': 'permute', 'max': 'amax', 'min': 'amin'}
    attributes = {'axis': 'dim', 'keepdims': 'keepdim'}
    takes_scalars = False
    lacks = ('not implemented for',)
    compiling = False
    compiler_fault = None  # not tried yet

    def provenance(self):
        torch = self.load()
        said = {'threads': str(torch.get_num_threads()), 'threads inter-op': str(torch.get_num_interop_threads())}
        try:
            said['cpu'] = torch.backends.cpu.get_cpu_capability()
        except AttributeError:
            pass
        blas = re.search(r'BLAS_INFO=(\w+)', torch.__config__.show())
        said['blas'] = blas.group(1) if blas else ''
        return said

    def tensor_file(self, path):
        return TorchFile(self.load(), path)

    def tensor(self, array):
        torch = self.load()
        if array.dtype == 'bfloat16':
            return torch.from_numpy(array.data.view(numpy.int16)).view(torch.bfloat16)
        return torch.from_numpy(array.data)

    def to_numpy(self, value):
        torch = self.load()
        if not isinstance(value, torch.Tensor):
            return value
        value = value.detach().resolve_neg().cpu().contiguous()
        if value.dtype == torch.bfloat16:
            return Array('bfloat16', value.view(torch.int16).numpy().view(numpy.uint16))
        return value.numpy()

    def shape(self, x):
        return tuple(x.shape)

    def dtype_of(self, x):
        return str(x.dtype).split('.')[-1]

    def op_sum(self, x, axis, keepdims):
        return self.module.sum(x, dim=axis, keepdim=keepdims)

    def op_max(self, x, axis, keepdims):
        return self._extreme(self.module.max, self.module.amax, x, axis, keepdims)

    def op_min(self, x, axis, keepdims):
        return self._extreme(self.module.min, self.module.amin, x, axis, keepdims)

    def _extreme(self, whole, along, x, axis, keepdims):
        return whole(x) if axis is None and not keepdims else along(x, dim=axes_tuple(axis, x.dim()), keepdim=keepdims)

    def op_prod(self, x, axis, keepdims):
        if axis is None and not keepdims:
            return self.module.prod(x)
        for a in reversed(axes_tuple(axis, x.dim())):
            x = self.module.prod(x, dim=a, keepdim=keepdims)
        return x

    def op_logsumexp(self, x, axis, keepdims):
        return self.module.logsumexp(x, dim=axes_tuple(axis, x.dim()), keepdim=keepdims)

    def op_cumulative_sum(self, x, axis):
        return self.module.cumsum(x, dim=0 if axis is None else axis)

    def op_cumulative_prod(self, x, axis):
        return self.module.cumprod(x, dim=0 if axis is None else axis)

    def op_vecdot(self, x, y, axis):
        return self.module.linalg.vecdot(x, y, dim=axis)

    def op_broadcast_to(self, x, shape):
        return self.module.broadcast_to(x, shape)

    def op_permute_dims(self, x, axes):
        return x.permute(axes)

    def op_concat(self, *args, **attrs):
        return self.module.cat(args, dim=attrs['axis'])

    def op_astype(self, x, dtype):
        return x.to(getattr(self.module, dtype))

    def op_slice(self, x, starts, stops, steps, drop):
        # torch has no negative steps: the same elements in ascending order, flipped.
        index, flipped = list(index_of(starts, stops, steps, drop)), []
        for a, part in enumerate(index):
            if isinstance(part, slice):
                taken = range(x.shape[a])[part]
                if taken.step < 0:
                    flipped.append(a - sum(drop[:a]))
                    taken = taken[::-1]
                index[a] = slice(taken.start, taken.stop, taken.step) if len(taken) else slice(0, 0)
        return self.module.flip(x[tuple(index)], flipped) if flipped else x[tuple(index)]

    def op_flip(self, x, axis):
        return self.module.flip(x, axes_tuple(axis, x.dim()))

    def gradient(self, function, x, nested):
        torch = self.module
        if self.compiling and not nested:
            function = self._compiled(function)
        if not x.requires_grad:
            x = x.detach().requires_grad_(True)
        y = function(x)
        if not y.requires_grad:
            return torch.zeros_like(x)
        (result,) = torch.autograd.grad(y, x, torch.ones_like(y), create_graph=nested, allow_unused=True)
        return torch.zeros_like(x) if result is None else result

    def plan_graph(self, mode, graph, wanted, arrays):
        """A graph that differentiates is not compiled whole, but the function that is differentiated, as users do."""
        self.compiling = mode == 'compile'
        whole = mode == 'compile' and not graph.has_gradient
        return self.plan('compile' if whole else 'eager', graph.body(self, wanted), arrays)

    def plan(self, mode, body, arrays):
        return Adapter.plan(self, mode, self._compiled(body) if mode == 'compile' else body, arrays)

    def _compiled(self, body):
        """Compiled in one piece, or an error: never run eagerly in part, or after many compilations."""
        if self.compiler_fault is None:
            self.compiler_fault = self._try_compiler()
        if self.compiler_fault:
            raise Unsupported(self.compiler_fault)
        self.find('torch._dynamo.reset')()
        compiled = self.module.compile(body, fullgraph=True)

        def call(*tensors):
            try:
                return compiled(*tensors)
            except Exception as e:
                if type(e).__module__.startswith(('torch._dynamo', 'torch._inductor')):
                    raise Unsupported('torch.compile: %s' % one_line(e)) from e
                raise

        return call

    def _try_compiler(self):
        """Why torch.compile does not work here; '' where it does."""
        torch = self.module
        if not hasattr(torch, 'compile'):
            return 'torch.compile came with PyTorch 2.0'
        try:
            torch.compile(lambda x: x * 2)(torch.ones(4))
        except Exception as e:
            return 'torch.compile has no working compiler here: %s' % one_line(e)
        return ''


ADAPTER = Torch
