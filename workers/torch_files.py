"""What torch.save wrote: the tensors in it, and nothing that would have to be run."""

import re

from .adapter import Unsupported, one_line
from .tensor_files import TensorFile, TYPES


class TorchFile(TensorFile):
    def __init__(self, torch, path):
        TensorFile.__init__(self, path)
        self.torch = torch
        self.collect('', self.load(), 0)

    def load(self):
        """torch.load with its unpickler that knows tensors only; mapped where the file's own layout allows it."""
        for further in ({'mmap': True}, {}):
            try:
                return self.torch.load(self.path, map_location='cpu', weights_only=True, **further)
            except TypeError as e:
                if 'weights_only' in str(e):
                    raise Unsupported('torch %s cannot read tensors alone' % self.torch.__version__)
            except Exception as e:
                if not further:
                    self.refuse(reason(e))

    def collect(self, name, value, depth):
        self.check_depth(depth)
        if isinstance(value, self.torch.Tensor):
            self.take(name, value)
        elif isinstance(value, dict):
            for key, item in value.items():
                self.collect(joined(name, key), item, depth + 1)
        elif isinstance(value, (list, tuple)):
            for i, item in enumerate(value):
                self.collect(joined(name, i), item, depth + 1)
        else:
            self.pass_over(name, type(value).__name__)

    def take(self, name, tensor):
        tensor = tensor.detach()
        dtype = str(tensor.dtype).split('.')[-1]
        if tensor.layout != self.torch.strided or tensor.is_quantized or tensor.device.type != 'cpu':
            self.pass_over(name, 'a tensor without plain elements (%s)' % tensor.layout)
        elif dtype not in TYPES:
            self.pass_over(name, 'a tensor of %s' % dtype)
        else:
            self.add(name, dtype, tensor.shape, tensor)

    def elements(self, source, dtype, where):
        torch = self.torch
        part = source[where].resolve_conj().resolve_neg().contiguous().reshape(-1)
        if dtype == 'bfloat16':
            return part.view(torch.int16).numpy()
        if dtype.startswith('float8'):
            return part.view(torch.uint8).numpy()
        return part.numpy()


def joined(name, key):
    return '%s/%s' % (name, key) if name else str(key)


def reason(error):
    """Why torch would not load it. Its own advice, to load it with all that it may run, is left out."""
    text = str(error)
    unknown = re.search(r'GLOBAL (\S+)', text)
    if unknown or 'weights_only' in text or 'Weights only' in text:
        named = ' (%s)' % unknown.group(1) if unknown else ''
        return 'holds more than tensors%s, which only running it could load' % named
    return 'cannot be read: %s' % one_line(error)
