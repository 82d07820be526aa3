"""A session with a server on loopback that answers as the test says."""

import pytest

from backoffice.lib.http import Session
from tests.backoffice.http.pausing import Sleeps
from tests.peers.scripted import ScriptedServer


@pytest.fixture
def peer():
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def calls():
    return []


@pytest.fixture
def session(peer, calls):
    with Session(peer.url, log=calls.append, secrets=["hunter2222"], sleep=Sleeps()) as session:
        yield session
