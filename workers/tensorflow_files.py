"""TensorFlow's checkpoints and SavedModels, and Keras's HDF5 files: variables and weights, without making the model."""

import os
import zipfile

import numpy

from .adapter import Unsupported, one_line
from .tensor_files import TensorFile, TYPES

_VARIABLE = '/.ATTRIBUTES/VARIABLE_VALUE'  # the end of each name that tf.train.Checkpoint writes


class Checkpoint(TensorFile):
    def __init__(self, tf, path):
        TensorFile.__init__(self, path)
        train = tf.compat.v1.train if hasattr(tf, 'compat') and hasattr(tf.compat, 'v1') else tf.train
        try:
            self.reader = train.NewCheckpointReader(prefix_of(self, tf, path))
            dtypes = dtypes_of(tf, self.reader)
            shapes = self.reader.get_variable_to_shape_map()
        except Exception as e:
            self.refuse('cannot be read: %s' % one_line(e))
        for name in sorted(shapes):
            dtype = dtypes[name].base_dtype.name
            if dtype not in TYPES:
                self.pass_over(name, 'a variable of %s' % dtype)
                continue
            shown = name[: -len(_VARIABLE)] if name.endswith(_VARIABLE) else name
            self.add(shown, dtype, shapes[name], name)
        self.held = (None, None)  # the variable that was read last: the reader gives whole ones

    def elements(self, source, dtype, where):
        if self.held[0] != source:
            self.held = (None, None)
            self.held = (source, unsigned(self.reader.get_tensor(source), dtype))
        return self.held[1][where]


def dtypes_of(tf, reader):
    if hasattr(reader, 'get_variable_to_dtype_map'):
        return reader.get_variable_to_dtype_map()
    # TensorFlow 1.2 only prints them: NAME (DT_FLOAT) [3,4]
    from tensorflow.core.framework import types_pb2

    found = {}
    for line in reader.debug_string().decode('utf-8').splitlines():
        name, kind, _ = line.rsplit(' ', 2)
        found[name] = tf.as_dtype(types_pb2.DataType.Value(kind.strip('()')))
    return found


def prefix_of(file, tf, path):
    """The checkpoint's prefix: named itself, by its index, or by the folder that it or a SavedModel lies in."""
    if path.endswith('.index'):
        return path[: -len('.index')]
    if not os.path.isdir(path):
        return path
    saved = os.path.join(path, 'variables', 'variables')
    if os.path.exists(os.path.join(path, 'saved_model.pb')) or os.path.exists(os.path.join(path, 'saved_model.pbtxt')):
        if not os.path.exists(saved + '.index'):
            file.refuse('is a SavedModel without variables')
        return saved
    latest = tf.train.latest_checkpoint(path)
    if latest is None:
        file.refuse('the folder names no checkpoint that is there')
    if os.path.realpath(os.path.dirname(latest)) != os.path.realpath(path):
        file.refuse('its checkpoint lies in another folder, %s' % latest)
    return latest


def unsigned(array, dtype):
    """An array whose dtype NumPy does not know by itself as unsigned integers of its size."""
    array = numpy.asarray(array)
    if dtype == 'bfloat16':
        return array.view(numpy.uint16)
    if dtype.startswith('float8'):
        return array.view(numpy.uint8)
    return array


class Hdf5(TensorFile):
    """Every dataset of numbers, by its path. Links to other files, and data that lies in them, are refused."""

    def __init__(self, path):
        TensorFile.__init__(self, path)
        try:
            import h5py
        except ImportError as e:
            raise Unsupported('HDF5 files need h5py: %s' % one_line(e))
        self.h5py = h5py
        try:
            self.root = h5py.File(self.source(path), 'r')
        except (OSError, zipfile.BadZipFile, KeyError, RuntimeError) as e:
            self.refuse('cannot be read: %s' % one_line(e))
        self.seen = set()
        self.walk('', self.root, 0)

    def source(self, path):
        """The path; of Keras's archive, the weights in it."""
        with open(path, 'rb') as file:
            if not file.read(4).startswith(b'PK'):
                return path
        return zipfile.ZipFile(path).open('model.weights.h5')

    def walk(self, name, group, depth):
        self.check_depth(depth)
        for key in group:
            inner = '%s/%s' % (name, key) if name else key
            link = group.get(key, getlink=True)
            if not isinstance(link, self.h5py.HardLink):
                self.pass_over(inner, 'a link')
                continue
            item = group[key]
            identity = self.h5py.h5o.get_info(item.id).addr
            if isinstance(item, self.h5py.Dataset):
                self.take(inner, item)
            elif isinstance(item, self.h5py.Group) and identity not in self.seen:
                self.seen.add(identity)  # groups can hold each other
                self.walk(inner, item, depth + 1)

    def take(self, name, dataset):
        if dataset.is_virtual if hasattr(dataset, 'is_virtual') else False:
            self.refuse('%s is made of other files' % name)
        if getattr(dataset, 'external', None):
            self.refuse('%s has its elements in another file' % name)
        dtype = dataset.dtype.newbyteorder('=').name
        if dataset.shape is None or dtype not in TYPES or dataset.dtype.names:
            self.pass_over(name, 'a dataset of %s' % dtype)
        else:
            self.add(name, dtype, dataset.shape, dataset)

    def elements(self, source, dtype, where):
        try:
            part = source[where]
        except (OSError, RuntimeError, zipfile.BadZipFile) as e:
            self.refuse('%s cannot be read: %s' % (source.name, one_line(e)))
        part = numpy.asarray(part)
        return unsigned(part.astype(part.dtype.newbyteorder('=')), dtype)


def opened(tf, path):
    if os.path.isfile(path) and not path.endswith('.index'):
        return Hdf5(path)
    return Checkpoint(tf, path)
