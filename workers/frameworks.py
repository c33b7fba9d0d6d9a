"""Which frameworks this interpreter has. The folder is the list of adapters: adapter_NAME.py serves NAME."""

import glob
import importlib
import importlib.util
import os
import traceback

from .adapter import Unsupported, one_line
from .graphs import BadRequest
from .surroundings import installed_version


def known():
    here = os.path.dirname(os.path.abspath(__file__))
    return sorted(
        os.path.basename(path)[len('adapter_') : -len('.py')] for path in glob.glob(os.path.join(here, 'adapter_*.py'))
    )


def _is_here(package):
    """Whether the package can be found, without importing it; a bare folder of that name is none."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return False
    return spec is not None and spec.origin is not None


class Frameworks(object):
    """The adapters that this worker serves: of those named, or of all, the ones whose package is here."""

    def __init__(self, wanted):
        self.adapters, self.versions = {}, {}
        for name in wanted or known():
            if name in known():
                adapter = importlib.import_module(__package__ + '.adapter_' + name).ADAPTER()
                if _is_here(adapter.package):
                    self.adapters[name] = adapter
                    self.versions[name] = installed_version(adapter.distributions) or 'unknown'

    def get(self, name):
        """The adapter with its framework imported."""
        if name not in self.adapters:
            raise BadRequest('no such framework here: %s' % name, 'framework')
        try:
            self.adapters[name].load()
        except Exception as e:
            traceback.print_exc()
            raise Unsupported('%s cannot be imported: %s' % (name, one_line(e)))
        return self.adapters[name]
