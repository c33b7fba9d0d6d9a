"""The function under comparison, as the program sends it: nodes in topological order, evaluated in any framework."""

from .adapter import DTYPES, is_scalar

_OPEN = -(2**63)  # "no bound" in a list of integers


class BadRequest(Exception):
    """A request that does not say what it must; `place` is the field, or the line of a file."""

    def __init__(self, what, place=''):
        Exception.__init__(self, what)
        self.place = place


class Node(object):
    def __init__(self, op, inputs, attrs, name, value, dtype, shape):
        self.op, self.inputs, self.attrs = op, inputs, attrs
        self.name, self.value, self.dtype, self.shape = name, value, dtype, shape


def _attribute(value):
    if isinstance(value, list):
        return tuple(None if v is None or v == _OPEN else v for v in value)
    return int(value) if isinstance(value, float) and value.is_integer() else value  # a correction is written 1


def _node(i, raw):
    place = 'graph.nodes[%d]' % i
    if not isinstance(raw, dict) or not isinstance(raw.get('op'), str):
        raise BadRequest('a node is an object with "op"', place)
    inputs = raw.get('in', [])
    if not isinstance(inputs, list) or any(type(k) is not int or not 0 <= k < i for k in inputs):
        raise BadRequest('arguments are earlier nodes', place + '.in')
    attrs = raw.get('attrs', {})
    if not isinstance(attrs, dict):
        raise BadRequest('attributes are an object', place + '.attrs')
    dtype = raw.get('dtype', 'float32')
    if dtype not in DTYPES:
        raise BadRequest('no such dtype: %s' % dtype, place + '.dtype')
    value = None
    if raw['op'] == 'constant':
        try:
            value = raw['value'] if not isinstance(raw['value'], str) else float.fromhex(raw['value'])
            if raw.get('integral') and abs(value) < 2.0**63:
                value = int(value)
        except (KeyError, ValueError, TypeError, OverflowError):
            raise BadRequest('a constant has a number, or a hex float, as "value"', place + '.value')
    elif raw['op'] == 'grad' and len(inputs) != 2:
        raise BadRequest('a gradient has two arguments: function and input', place + '.in')
    attrs = dict((name, _attribute(attrs[name])) for name in attrs)
    if raw['op'] == 'slice':
        _check_slice(attrs, place + '.attrs')
    return Node(raw['op'], inputs, attrs, raw.get('name'), value, dtype, tuple(raw.get('shape', ())))


def _check_slice(attrs, place):
    """Lists of one length, `drop` of flags: an axis that is marked there is indexed by its start."""
    starts = attrs.get('starts')
    drop = attrs.setdefault('drop', (0,) * len(starts or ()))
    lists = [starts, attrs.get('stops'), attrs.get('steps'), drop]
    if not all(isinstance(one, tuple) and len(one) == len(starts) for one in lists) or any(
        d not in (0, 1) or (d and s is None) for d, s in zip(drop, starts)
    ):
        raise BadRequest('starts, stops, steps and drop are lists of one length', place)


class Graph(object):
    def __init__(self, raw):
        if not isinstance(raw, dict) or not isinstance(raw.get('nodes'), list):
            raise BadRequest('a graph is an object with "nodes" and "output"', 'graph')
        self.nodes = [_node(i, n) for i, n in enumerate(raw['nodes'])]
        self.output = raw.get('output')
        if type(self.output) is not int or not 0 <= self.output < len(self.nodes):
            raise BadRequest('the output is one of the nodes', 'graph.output')
        self.inputs = [i for i, n in enumerate(self.nodes) if n.op == 'input']
        self.has_gradient = any(n.op == 'grad' for n in self.nodes)

    def needed(self, wanted, given=()):
        """The nodes that `wanted` are computed from, ascending; a gradient's function is evaluated apart."""
        mark = [False] * len(self.nodes)
        for w in wanted:
            mark[w] = True
        for i in reversed(range(len(self.nodes))):
            if mark[i] and i not in given:
                node = self.nodes[i]
                for k in node.inputs if node.op != 'grad' else node.inputs[1:]:
                    mark[k] = True
        return [i for i, m in enumerate(mark) if m]

    def depends_on(self, sources):
        """Of every node, whether it is or depends on one of `sources`."""
        out = [False] * len(self.nodes)
        for i, node in enumerate(self.nodes):
            out[i] = i in sources or any(out[k] for k in node.inputs)
        return out

    def ops(self):
        return sorted(set(n.op for n in self.nodes) - {'input', 'constant', 'grad'})

    def traceable(self):
        """The op nodes that depend on no gradient."""
        differentiated = self.depends_on([i for i, n in enumerate(self.nodes) if n.op == 'grad'])
        return [i for i, n in enumerate(self.nodes) if n.op not in ('input', 'constant') and not differentiated[i]]

    def body(self, adapter, wanted):
        """A function from tensors, one for each input, to the values of the wanted nodes."""

        def body(*tensors):
            values = Evaluation(adapter, self, dict(zip(self.inputs, tensors))).values(wanted)
            return [adapter.constant(v, self.nodes[w].dtype) if is_scalar(v) else v for w, v in zip(wanted, values)]

        return body


class Evaluation(object):
    """The graph on tensors, op by op. `given` holds the values of the input nodes."""

    def __init__(self, adapter, graph, given, nested=False):
        self.adapter, self.graph, self.given, self.nested = adapter, graph, given, nested

    def values(self, wanted):
        known = dict(self.given)
        for i in self.graph.needed(wanted, known):
            if i not in known:
                known[i] = self._node(i, known)
        return [known[w] for w in wanted]

    def _node(self, i, known):
        node = self.graph.nodes[i]
        if node.op == 'constant':
            return node.value
        if node.op == 'grad':
            return self._gradient(node, known)
        args = [known[k] for k in node.inputs]
        dtype = next((self.graph.nodes[k].dtype for k in node.inputs if not is_scalar(known[k])), node.dtype)
        return self.adapter.apply(node.op, args, node.attrs, dtype)

    def _gradient(self, node, known):
        function, x = node.inputs
        if self.graph.nodes[x].op != 'input':
            raise BadRequest('a gradient is taken by an input', 'graph')

        def restricted(value):
            given = dict(self.given)
            given[x] = value
            result = Evaluation(self.adapter, self.graph, given, True).values([function])[0]
            return self.adapter.constant(result, self.graph.nodes[function].dtype) if is_scalar(result) else result

        return self.adapter.gradient(restricted, known[x], self.nested)
