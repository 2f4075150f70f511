"""Starting the server."""

import errno
import socket
import ssl
import sys

import click

from hocso.records import Account, Hamlet, Learner, restoring

from .demo import load_and_tell
from .place import with_place
from .teaching import release_and_tell
from .vietnamese import Command, ask

FILE = click.Path(exists=True, dir_okay=False)


@click.command(cls=Command)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8866,
    show_default=True,
    help="Cổng của máy chủ.",
    metavar="SỐ",
)
@click.option("--lan", is_flag=True, help="Cho điện thoại cùng mạng Wi-Fi vào học.")
@click.option(
    "--max-lessons",
    type=click.IntRange(min=1),
    metavar="SỐ",
    help="Số bài mở cùng lúc nhiều nhất; người đến sau được mời chờ. Không ghi: máy tự tính theo bộ nhớ.",
)
@click.option("--tls-cert", type=FILE, metavar="TỆP", help="Chứng chỉ (PEM) để phục vụ qua https.")
@click.option("--tls-key", type=FILE, metavar="TỆP", help="Khóa của chứng chỉ (PEM).")
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="Có nginx đứng trước, trên cùng máy này; nó cho biết ai đang hỏi và có https không.",
)
@with_place
def serve(place, port, lan, max_lessons, tls_cert, tls_key, behind_proxy):
    """Mở máy chủ bài học tại http://localhost:8866."""
    if behind_proxy and (lan or tls_cert):
        raise click.ClickException("--behind-proxy không dùng cùng --lan hay --tls-cert: nginx lo việc đó.")
    tls = certificate(tls_cert, tls_key)
    click.echo(f"Bộ bài học: {place.kit}")
    click.echo(f"Dữ liệu:    {place.data}")
    require_free_port(port)
    with restoring.alone(place.data):
        _serve(place, port, lan, max_lessons, tls, behind_proxy)


def _serve(place, port, lan, max_lessons, tls, behind_proxy):
    from hocso.web import HocSo

    offer_sample_data(place)
    click.echo("Chuẩn bị bài kiểm tra…")
    release_and_tell(place)
    app = HocSo(
        kit=place.kit,
        data=place.data,
        database=place.database,
        catalogue=place.catalogue,
        port=port,
        ip="" if lan else "localhost",
        tls=tls,
        behind_proxy=behind_proxy,
        **({"max_lessons_open": max_lessons} if max_lessons else {}),
    )
    app.initialize()
    click.echo("")
    scheme = "https" if tls else "http"
    click.echo(f"Học Số đang chạy: {scheme}://localhost:{port}")
    if lan:
        tell_address(place, scheme, port)
    click.echo("Bấm Ctrl+C để dừng.")
    sys.stdout.flush()
    app.start()


def tell_address(place, scheme: str, port: int) -> None:
    """Say where phones find the server, and which cards lead somewhere else."""
    from hocso.web.card_address import old_cards
    from hocso.web.network import lan_address

    host = lan_address()
    if host is None:
        click.echo("Chưa thấy mạng Wi-Fi nào. Bật bộ phát Wi-Fi rồi chạy lại lệnh này.")
        return
    address = f"{scheme}://{host}:{port}"
    click.echo(f"Điện thoại cùng Wi-Fi mở: {address}")
    with place.database.session(readonly=True) as session:
        old = old_cards(session, address)
    if old:
        click.echo(
            f"Chú ý: thẻ in ngày {old.printed_on:%d/%m/%Y} có mã QR dẫn về {old.address}, nay quét không mở "
            "được. Cho bộ phát Wi-Fi giữ địa chỉ đó cho máy này rồi chạy lại, hoặc in lại thẻ."
        )


def certificate(cert, key) -> ssl.SSLContext | None:
    """For HTTPS, None without a certificate. Raises ClickException."""
    if not cert and not key:
        return None
    if not (cert and key):
        raise click.ClickException("Phục vụ qua https cần cả --tls-cert và --tls-key.")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError):
        raise click.ClickException(
            f"Không dùng được chứng chỉ {cert} với khóa {key}. "
            "Cả hai là tệp PEM, cùng một cặp, khóa không có mật khẩu."
        ) from None
    return context


def require_free_port(port: int) -> None:
    """Raise ClickException where something listens on the port already."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                said = (
                    f"Cổng {port} đang có chương trình khác dùng. "
                    f"Tắt nó, hoặc chạy: hocso serve --port {port + 1}"
                )
            else:
                said = f"Không dùng được cổng {port}: {error.strerror}."
            raise click.ClickException(said) from None


def offer_sample_data(place) -> None:
    """On a first start: ask a person at a terminal, tell anybody else how."""
    with place.database.session(readonly=True) as session:
        if any(session.query(table.id).first() for table in (Hamlet, Account, Learner)):
            return
    if sys.stdin.isatty():
        if ask("Chưa có dữ liệu. Nạp dữ liệu mẫu để xem thử?", default=True):
            load_and_tell(place)
    else:
        click.echo("Chưa có người học nào. Muốn xem thử với dữ liệu mẫu, chạy: hocso demo")
