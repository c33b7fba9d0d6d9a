import harness
import pytest


@pytest.fixture(scope='session', autouse=True)
def workers():
    yield
    harness.close_all()
