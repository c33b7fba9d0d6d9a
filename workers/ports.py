"""A user's port: a Python file with one function per framework, described without running it, and called."""

import ast
import importlib.util
import os
import sys

from .adapter import Array, Unsupported, one_line
from .graphs import BadRequest

_LARGEST = 1 << 20  # bytes of a file that a person wrote


def _source(path):
    if not isinstance(path, str) or not os.path.isfile(path):
        raise BadRequest('no such file, or not a regular one', str(path))
    try:
        if os.path.getsize(path) > _LARGEST:
            raise BadRequest('longer than %d bytes: not a port' % _LARGEST, path)
        with open(path, 'rb') as file:
            return file.read()
    except OSError as e:
        raise BadRequest(e.strerror or str(e), path)


def _tree(path):
    try:
        return ast.parse(_source(path), path)
    except SyntaxError as e:
        raise BadRequest('not Python %d.%d: %s' % (sys.version_info[:2] + (e.msg,)), '%s:%d' % (path, e.lineno or 1))
    except (ValueError, RecursionError, MemoryError) as e:
        raise BadRequest('not a Python file: %s' % e, path)


def _constants(tree):
    """The module's plain assignments: name -> (value's node, line)."""
    found = {}
    for statement in tree.body:
        for target in getattr(statement, 'targets', [getattr(statement, 'target', None)]):
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and isinstance(target, ast.Name) and statement.value:
                found[target.id] = (statement.value, statement.lineno)
    return found


def _literal(constants, name, path, what, fits):
    if name not in constants:
        return None
    node, line = constants[name]
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        value = None
    if value is None or not fits(value):
        raise BadRequest('`%s` must be %s, written out' % (name, what), '%s:%d' % (path, line))
    return value


def _maps_strings(value):
    return isinstance(value, dict) and all(isinstance(s, str) for pair in value.items() for s in pair)


def framework_of(name, frameworks):
    """(framework, mode) that a function's name says, or None."""
    for framework in sorted(frameworks, key=len, reverse=True):
        if name == framework:
            return framework, ''
        if name.startswith(framework + '_'):
            return framework, name[len(framework) + 1 :]
    return None


def describe(path, frameworks):
    """What a port holds, from its syntax tree."""
    tree = _tree(path)
    functions, seen = [], {}
    for statement in tree.body:
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        said = framework_of(statement.name, frameworks)
        if said is None:
            continue
        place = '%s:%d' % (path, statement.lineno)
        if statement.name in seen:
            raise BadRequest('`%s` is defined twice (before: line %d)' % (statement.name, seen[statement.name]), place)
        seen[statement.name] = statement.lineno
        given = statement.args
        if isinstance(statement, ast.AsyncFunctionDef) or given.vararg or given.kwarg or given.kwonlyargs:
            raise BadRequest('`%s` must be a plain function of named arguments' % statement.name, place)
        arguments = [a.arg for a in getattr(given, 'posonlyargs', []) + given.args]
        functions.append(
            {
                'framework': said[0],
                'mode': said[1],
                'arguments': arguments[: len(arguments) - len(given.defaults)],
                'line': statement.lineno,
            }
        )
    if not functions:
        raise BadRequest('no function named after a framework: %s' % ', '.join(sorted(frameworks)), path)
    constants = _constants(tree)
    return {
        'functions': functions,
        'expression': _literal(constants, 'expression', path, 'a string', lambda v: isinstance(v, str)),
        'inputs': _literal(constants, 'inputs', path, 'a dict from names to strings', _maps_strings) or {},
    }


def load(path, framework, mode, frameworks):
    """The function and its arguments: the one whose name says the mode, else the framework's plain one."""
    names = [framework + '_' + mode, framework]
    functions = describe(path, frameworks)['functions']
    described = dict(('_'.join(filter(None, (f['framework'], f['mode']))), f) for f in functions)
    for name in names:
        if name in described:
            return getattr(_module(path), name), described[name]['arguments']
    raise BadRequest('no function %s' % ' or '.join('`%s`' % name for name in names if not name.endswith('_')), path)


def _module(path):
    """The port's module, run under a name of our own; its folder is searched last, so it hides no package."""
    folder = os.path.dirname(os.path.abspath(path))
    if folder not in sys.path:
        sys.path.append(folder)
    spec = importlib.util.spec_from_file_location('roundoff_port', path)
    module = importlib.util.module_from_spec(spec)
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = kept
    return module


# With one of these a function that was written for NumPy arrays answers a tensor.
_WANTS_NUMPY = (TypeError, AttributeError, ValueError, NotImplementedError)


def plans(adapter, mode, function, arrays):
    """A plan for each repeat, on fresh copies (the function may write to them): with the framework's own tensors or, if
    the function will not have them, with NumPy arrays.
    """
    make = _with_tensors
    try:
        plan = make(adapter, mode, function, arrays)
        plan.read(plan.call())
    except _WANTS_NUMPY as first:
        make = _with_numpy
        try:
            plan = make(adapter, mode, function, arrays)
            plan.read(plan.call())
        except Exception as second:
            sys.stderr.write('called with NumPy arrays: %s\n' % one_line(second))
            raise first
    while True:
        yield make(adapter, mode, function, arrays)


def _with_tensors(adapter, mode, function, arrays):
    copies = [Array(a.dtype, a.data.copy()) for a in arrays]
    return adapter.plan_port(mode, lambda *tensors: [_one(function(*tensors))], copies)


def _with_numpy(adapter, mode, function, arrays):
    if any(a.dtype == 'bfloat16' for a in arrays):
        raise Unsupported('NumPy arrays hold no bfloat16')
    copies = [a.data.copy() for a in arrays]
    plan = adapter.plan_numpy(mode, lambda: [_one(function(*copies))])
    return plan._replace(notes=plan.notes + ['called with NumPy arrays, not tensors'])


def _one(result):
    if result is None or isinstance(result, (tuple, list, dict)):
        raise TypeError("a port's function returns one array, not %s" % type(result).__name__)
    return result
