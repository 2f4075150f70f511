"""This machine on the local network."""

import ipaddress
import socket

import psutil


def lan_address() -> str | None:
    """This machine's address on the local network, None without one. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            # A network that leads nowhere, such as this laptop's own Wi-Fi.
            return next(iter(own_addresses()), None)


def own_addresses() -> list[str]:
    """Private IPv4 addresses of the interfaces that are up."""
    state = psutil.net_if_stats()
    found = [
        ipaddress.ip_address(one.address)
        for name, addresses in psutil.net_if_addrs().items()
        if name in state and state[name].isup
        for one in addresses
        if one.family == socket.AF_INET
    ]
    return [str(one) for one in found if one.is_private and not one.is_loopback and not one.is_link_local]
