"""The address that phones in the hall open."""

import socket

import psutil
import pytest
from psutil._ntuples import snicaddr, snicstats

from hocso.web import network


class NowhereToGo(socket.socket):
    def connect(self, address):
        raise OSError("Network is unreachable")


@pytest.fixture
def without_gateway(monkeypatch):
    """A machine whose networks lead nowhere: without_gateway(wlan0=("10.42.0.1", True))."""

    def make(**interfaces):
        monkeypatch.setattr(network.socket, "socket", NowhereToGo)
        addresses = {
            name: [snicaddr(socket.AF_INET, address, None, None, None)]
            for name, (address, _) in interfaces.items()
        }
        states = {name: snicstats(is_up, 0, 0, 1500, "") for name, (_, is_up) in interfaces.items()}
        monkeypatch.setattr(psutil, "net_if_addrs", lambda: addresses)
        monkeypatch.setattr(psutil, "net_if_stats", lambda: states)

    return make


def test_a_laptops_own_wi_fi_has_an_address_though_it_leads_nowhere(without_gateway):
    without_gateway(
        lo=("127.0.0.1", True),
        eth0=("192.168.1.5", False),
        zero=("169.254.7.7", True),
        wlan0=("10.42.0.1", True),
    )
    assert network.lan_address() == "10.42.0.1"


def test_without_a_network_there_is_no_address(without_gateway):
    without_gateway(lo=("127.0.0.1", True))
    assert network.lan_address() is None
