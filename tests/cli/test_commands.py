"""The command line: Vietnamese, says what is wrong, and exits with the right code."""

import io
import re
import socket
import sqlite3
import unicodedata

import click
import openpyxl
import pytest

from hocso.cli import hocso
from hocso.cli.place import Place
from hocso.cli.serve import offer_sample_data, tell_address
from hocso.cli.vietnamese import ask, ask_or_stop, explain, new_password
from hocso.records import hamlets
from hocso.web import card_address, network
from tests.conftest import KIT, free_port


def every_command(command=hocso, path=()):
    yield path, command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from every_command(below, (*path, name))


@pytest.mark.parametrize(
    ("path", "command"),
    list(every_command()),
    ids=lambda one: " ".join(one) if one and isinstance(one, tuple) else None,
)
def test_every_command_explains_itself_in_vietnamese(path, command):
    context = hocso.make_context("hocso", ["export"], resilient_parsing=True)
    for name in path:
        context = command.context_class(command, parent=context, info_name=name)
    text = command.get_help(command.context_class(command, info_name=" ".join(("hocso", *path))))
    assert text.startswith("Cách dùng: hocso")
    assert "Hiện hướng dẫn này rồi thoát." in text
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "help":
            assert parameter.help, parameter
    assert not re.search(
        r"\b(Usage|Options|Commands|Show|COMMAND|OPTIONS|TEXT|INTEGER|PATH|default)\b", text
    ), text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["khong-co"], "Không có lệnh này."),
        (["serve", "--khong-co"], "Không có tùy chọn --khong-co."),
        (["export", "completions"], "Thiếu '--out'."),
        (["export", "completions", "--out", "x", "--from", "hôm qua"], "Giá trị của '--from' không đúng"),
        (["export", "completions", "--out", "x", "--format", "pdf"], "Giá trị của '--format' không đúng"),
        (["hamlets", "add"], "Thiếu 'TÊN_ẤP...'."),
        (
            ["serve", "--port", "99999"],
            "Giá trị của '--port' không đúng: «99999» không được, cần từ 1 đến 65535.",
        ),
        (["serve", "--port"], "Sau --port phải ghi giá trị."),
        (["serve", "--lan=1"], "--lan không có giá trị đi kèm."),
        (["demo", "x"], "Thừa: x."),
    ],
)
def test_a_wrong_call_says_what_is_wrong_and_where_to_look(run, arguments, said):
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "--help" in done.stderr


def test_a_commune_is_set_up_from_the_command_line(run):
    assert "Ấp Một" in run("hamlets", "add", "Ấp Một", "Ấp Hai").stdout
    assert run("hamlets", "list").stdout.splitlines() == ["ap-mot\tẤp Một", "ap-hai\tẤp Hai"]
    added = run(
        "accounts", "add", "can.bo", "--role", "staff", "--name", "Cán bộ", "--password", "dài đủ tám"
    )
    assert added.returncode == 0, added.stderr
    assert run("accounts", "list").stdout == "can.bo\tCán bộ\tCán bộ\n"
    again = run("accounts", "add", "can.bo", "--role", "staff", "--name", "Khác", "--password", "dài đủ tám")
    assert again.returncode == 1
    assert "đã có người dùng" in again.stderr
    assert "Đã đặt lại" in run("accounts", "password", "can.bo", "--password", "mật khẩu mới").stdout
    assert run("accounts", "password", "ai.do", "--password", "mật khẩu mới").returncode == 1
    assert run("population", "ap mot", "nguoi-dan", "120", "--source", "Báo cáo mẫu").returncode == 0
    unknown = run("population", "Ấp Ba", "nguoi-dan", "120", "--source", "Báo cáo mẫu")
    assert unknown.returncode == 1
    assert "Không có ấp «Ấp Ba». Các ấp: Ấp Một, Ấp Hai." in unknown.stderr
    assert "pass_mark\t0.8" in run("settings", "pass_mark", "0,8").stdout
    assert run("settings", "pass_mark", "8").returncode == 1
    assert "commune_name\tXã Thử" in run("settings", "commune_name", "Xã Thử").stdout


def test_the_holidays_of_a_year_are_entered_by_one_command(run):
    announced = ("--tet", "5/2/2027", "11/2/2027", "--hung-kings", "16/4/2027", "--more", "3/5/2027")
    seen = run("registers", "holidays", "2027", *announced, "--dry-run").stdout
    assert "01/05/2027  thứ bảy   Ngày Quốc tế lao động (mới)" in seen
    assert seen.endswith("Xem trước, chưa ghi: 13 ngày mới.\n")
    assert "Đã ghi: 13 ngày mới." in run("registers", "holidays", "2027", *announced).stdout
    again = run("registers", "holidays", "2027", "--national-day", "3/9/2027").stdout
    assert "30/04/2027  thứ sáu   Ngày Chiến thắng (đã có, giữ như cũ)" in again
    assert "Đã ghi: 1 ngày mới." in again
    wrong = run("registers", "holidays", "2027", "--national-day", "9/9/2027")
    assert wrong.returncode == 1 and "mời ghi 1/9 hoặc 3/9" in wrong.stderr


def test_the_indicators_start_without_the_libraries_of_other_commands(run):
    run("hamlets", "add", "Ấp Một")
    lines = run("kpi", python=["-X", "importtime"]).stderr.splitlines()
    imported = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    assert {"pandas", "sqlalchemy", "hocso.kpi"} <= imported
    others = {"alembic", "docxtpl", "matplotlib", "nbformat", "openpyxl", "reportlab", "voila", "xlsxwriter"}
    assert imported & others == set()


def test_sample_data_prints_its_passwords_once_and_is_never_mixed_with_other_data(run):
    done = run("demo")
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"mật khẩu: \S{8,}", done.stdout)) == 2
    assert "60 người học mẫu" in done.stdout
    again = run("demo")
    assert again.returncode == 1
    assert "mật khẩu:" not in again.stdout


def test_exports_as_xlsx_and_csv_hold_the_same_rows(run, tmp_path):
    run("demo")
    workbook, table = tmp_path / "kq.xlsx", tmp_path / "kq.csv"
    said = run("export", "completions", "--format", "xlsx", "--out", str(workbook)).stdout
    rows = int(re.search(r"Đã ghi (\d+) dòng", said)[1])
    run("export", "completions", "--format", "csv", "--out", str(table))
    text = table.read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    lines = text.decode("utf-8-sig").splitlines()
    assert len(lines) == rows + 1
    sheet = openpyxl.load_workbook(workbook).worksheets[0]
    codes = [row[0].value for row in sheet.iter_rows() if row[0].value]
    assert [line.split(",")[0] for line in lines] == codes[-rows - 1 :]


def test_an_export_is_filtered(run, tmp_path):
    run("demo")
    out = tmp_path / "kq.csv"
    run(
        *("export", "completions", "--format", "csv", "--out", str(out)),
        *("--hamlet", "ap mau 2", "--group", "nguoi-dan", "--track", "ky-nang-so"),
        *("--from", "01/01/2020", "--to", "2100-01-01"),
    )
    rows = [line.split(",") for line in out.read_text(encoding="utf-8-sig").splitlines()[1:]]
    assert rows
    assert {(row[1], row[2], row[3]) for row in rows} == {("Ấp Mẫu 2", "Người dân", "Kỹ năng số cơ bản")}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--hamlet", "Ấp Lạ"], "Không có ấp «Ấp Lạ»"),
        (["--track", "la"], "Không có chương «la». Các chương: ky-nang-so"),
        (["--out", "/khong/co/kq.csv"], "Không ghi được /khong/co/kq.csv"),
    ],
)
def test_an_export_that_cannot_be_made_says_why_and_writes_nothing(run, tmp_path, arguments, said):
    done = run("export", "completions", "--out", str(tmp_path / "kq.csv"), *arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert list(tmp_path.glob("kq*")) == []


def test_doctor_finds_nothing_to_mend_here_and_names_what_is_still_empty(run):
    done = run("doctor")
    assert done.returncode == 0, done.stdout
    assert "Máy này chạy được Học Số." in done.stdout
    assert "Chưa có dữ liệu" in done.stdout
    run("demo")
    assert "Cơ sở dữ liệu mở được" in run("doctor").stdout


def test_doctor_says_what_is_missing_and_how_to_mend_it(run, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/hocso.db").write_bytes(
        b"not a database, but long enough to look like a file of one" * 20
    )
    done = run("doctor")
    assert done.returncode == 1
    assert "THIẾU ] Cơ sở dữ liệu: Tệp dữ liệu không đọc được" in done.stdout
    assert "→" in done.stdout
    assert (tmp_path / "data/hocso.db").read_bytes().startswith(b"not a database")


def test_a_kit_that_is_not_there_is_said(run, tmp_path):
    done = run("doctor", HOCSO_KIT=str(tmp_path))
    assert done.returncode == 1
    assert "Không tìm thấy thư mục bài học" in done.stderr


def test_a_port_in_use_is_said_with_a_way_out(run):
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port))
    assert done.returncode == 1
    assert f"Cổng {port} đang có chương trình khác dùng" in done.stderr
    assert f"hocso serve --port {port + 1}" in done.stderr


def wrong_values(path, command, tmp_path):
    """(arguments of the command line, the wrong one among them) for each that a parameter would refuse."""
    (tmp_path / "tep").touch()
    for parameter in command.params:
        wrong = {
            click.types.IntParamType: ["sai", "1.5"],
            click.IntRange: ["sai", "-1", "99999999999"],
            click.Choice: ["sai"],
            click.Path: [str(tmp_path), str(tmp_path / "tep"), str(tmp_path / "không có")],
        }.get(type(parameter.type), [])
        for value in wrong:
            before = [parameter.opts[-1]] if isinstance(parameter, click.Option) else []
            yield [*path, *before, value]


@pytest.mark.parametrize(
    ("path", "command"),
    [(path, command) for path, command in every_command() if not isinstance(command, click.Group)],
    ids=lambda one: " ".join(one) if one and isinstance(one, tuple) else None,
)
def test_nothing_that_is_typed_wrongly_is_answered_in_english(path, command, tmp_path):
    context = command.context_class(command, info_name=path[-1])
    for arguments in [*wrong_values(path, command, tmp_path), [*path, *["thừa"] * 9], [*path, "--sai"]]:
        try:
            command.parse_args(context, arguments[len(path) :])
        except click.ClickException as error:
            said = explain(error).replace(str(tmp_path), "")
            assert not re.search(r"\b(is|not|of|range|exist|takes?|argument|option|File|Path)\b", said), said


@pytest.mark.parametrize(
    ("typed", "default", "answer"),
    [
        ("c\n", None, True),
        (" CÓ \n", None, True),
        (unicodedata.normalize("NFD", "có") + "\n", None, True),
        ("y\n", None, True),
        ("k\n", True, False),
        ("không\n", None, False),
        ("n\n", None, False),
        ("\n", True, True),
        ("\n", False, False),
    ],
)
def test_a_question_is_answered_as_people_type_it(monkeypatch, capsys, typed, default, answer):
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert ask("Xóa?", default) is answer
    assert "Mời gõ" not in capsys.readouterr().out


def test_a_question_is_asked_again_until_it_is_answered(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("ừ\n\nk\n"))
    with pytest.raises(click.Abort):
        ask_or_stop("Xóa?")
    said = capsys.readouterr().out
    assert "Mời gõ c (có) hoặc k (không)" in said


def test_a_password_is_asked_for_until_it_was_typed_twice_alike(monkeypatch, capsys):
    typed = iter(["mật khẩu", "mặt khẩu", "mật khẩu", "mật khẩu"])
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda prompt: next(typed))
    assert new_password("Mật khẩu") == "mật khẩu"
    assert "Hai lần gõ không giống nhau" in capsys.readouterr().out


@pytest.fixture
def place(tmp_path):
    return Place(KIT, tmp_path / "data")


def test_a_first_start_asks_whether_to_load_sample_data(place, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    offer_sample_data(place)
    said = capsys.readouterr().out
    assert "Chưa có dữ liệu. Nạp dữ liệu mẫu để xem thử?" in said
    assert "60 người học mẫu" in said
    offer_sample_data(place)
    assert capsys.readouterr().out == ""


def test_a_first_start_without_a_terminal_says_how_to_load_sample_data(place, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    offer_sample_data(place)
    assert "Muốn xem thử với dữ liệu mẫu, chạy: hocso demo" in capsys.readouterr().out


def test_sample_data_is_not_offered_once_a_commune_has_begun(place, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    with place.database.session() as session:
        hamlets.add(session, "Ấp Thật")
    offer_sample_data(place)
    assert capsys.readouterr().out == ""


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_no_browser_or_terminal_is_needed_to_learn_the_address(server):
    assert f"Học Số đang chạy: http://localhost:{server.port}" in server.log


def test_at_the_start_a_trainer_hears_of_cards_that_lead_to_another_address(place, monkeypatch, capsys):
    monkeypatch.setattr(network, "lan_address", lambda: "192.168.0.5")
    monkeypatch.setattr(card_address, "own_addresses", lambda: ["192.168.0.5"])
    with place.database.session() as session:
        card_address.remember(session, "http://192.168.1.10:8866")
    tell_address(place, "http", 8866)
    first, second = capsys.readouterr().out.splitlines()
    assert first == "Điện thoại cùng Wi-Fi mở: http://192.168.0.5:8866"
    assert "có mã QR dẫn về http://192.168.1.10:8866, nay quét không mở được" in second
    monkeypatch.setattr(network, "lan_address", lambda: "192.168.1.10")
    tell_address(place, "http", 8866)
    assert capsys.readouterr().out.splitlines() == ["Điện thoại cùng Wi-Fi mở: http://192.168.1.10:8866"]


def test_backup_and_restore_say_what_they_did(run, tmp_path):
    assert "Chưa có dữ liệu" in run("backup").stderr
    run("hamlets", "add", "Ấp Mẫu 1")
    made = run("backup", "--out", str(tmp_path / "usb"))
    assert made.returncode == 0
    assert "Đã sao lưu và kiểm tra" in made.stdout
    (file,) = (tmp_path / "usb").iterdir()
    run("hamlets", "add", "Ấp Mẫu 2")
    assert run("restore", str(file)).returncode == 1  # nobody said yes
    assert "Ấp Mẫu 2" in run("hamlets", "list").stdout
    back = run("restore", str(file), "--yes")
    assert back.returncode == 0
    assert "Dữ liệu trước đó nằm ở" in back.stdout
    listed = run("hamlets", "list").stdout
    assert "Ấp Mẫu 1" in listed and "Ấp Mẫu 2" not in listed


@pytest.mark.parametrize(
    "address", ["hoc.example.vn", "https://hoc.example.vn/trang", "https://", "ftp://a.vn"]
)
def test_an_address_that_no_phone_can_open_is_refused(run, address):
    answer = run("settings", "public_address", address)
    assert answer.returncode == 1 and "https://hoc.example.vn" in answer.stderr


def test_doctor_looks_into_the_data_and_mends_what_it_can(run, tmp_path):
    run("demo")
    sound = run("doctor", "--deep")
    assert "Dữ liệu khớp nhau" in sound.stdout, sound.stdout + sound.stderr
    with sqlite3.connect(tmp_path / "data/hocso.db") as connection:
        connection.execute(
            "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE verb = 'passed' LIMIT 2)"
        )
    connection.close()
    off = run("doctor", "--deep")
    assert off.returncode == 1
    assert "2 lượt làm bài đã chấm mà thiếu sự kiện" in off.stdout and "thêm --mend" in off.stdout
    mended = run("doctor", "--deep", "--mend")
    assert mended.returncode == 0
    assert "Đã sao lưu trước khi sửa" in mended.stdout and "Đã sửa: 2 lượt" in mended.stdout
    assert run("doctor", "--mend").returncode == 2


def test_a_backup_is_locked_with_a_passphrase_and_opened_with_it(run, tmp_path):
    run("hamlets", "add", "Ấp Thử 1")
    short = run("backup", "--encrypt", HOCSO_PASSPHRASE="ngan")
    assert short.returncode == 1 and "ít nhất 8 ký tự" in short.stderr
    passphrase = "bốn con vịt bơi"
    made = run("backup", "--encrypt", HOCSO_PASSPHRASE=passphrase)
    assert made.returncode == 0 and "Không có mật khẩu thì không ai mở được" in made.stdout
    [file] = (tmp_path / "data/backups").iterdir()
    assert file.name.endswith(".zip.age")
    wrong = run("restore", str(file), "--yes", HOCSO_PASSPHRASE="bon con vit bay")
    assert wrong.returncode == 1 and "sai mật khẩu" in wrong.stderr
    # Another keyboard writes the same letters in pieces.
    in_pieces = unicodedata.normalize("NFD", passphrase)
    assert run("restore", str(file), "--yes", HOCSO_PASSPHRASE=in_pieces).returncode == 0
