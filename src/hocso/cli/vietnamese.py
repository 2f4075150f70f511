"""click, speaking Vietnamese: headings, help option, questions, and errors that say what to do next."""

import gc
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from importlib import import_module

import click

from hocso.course import CatalogueError, KitNotFound

HEADINGS = {"Options": "Tùy chọn", "Commands": "Lệnh", "Positional arguments": "Tham số"}

# What click says of a wrong call, and what is said instead.
SAID = {
    r"['\"](?P<value>.*)['\"] is not a valid integer( range)?\.": "«{value}» không phải là số nguyên.",
    r"(?P<value>.*) is not in the range x>=(?P<least>\d+)\.": "«{value}» nhỏ quá, ít nhất là {least}.",
    r"(?P<value>.*) is not in the range (?P<least>\d+)<=x<=(?P<most>\d+)\.": (
        "«{value}» không được, cần từ {least} đến {most}."
    ),
    r"['\"](?P<value>.*)['\"] is not (one of )?(?P<choices>'.*')\.": (
        "không có «{value}». Chọn một trong: {choices}."
    ),
    r"\w+ ['\"](?P<name>.*)['\"] does not exist\.": "không có «{name}».",
    r"\w+ ['\"](?P<name>.*)['\"] is a directory\.": "«{name}» là thư mục, cần một tệp.",
    r"\w+ ['\"](?P<name>.*)['\"] is a file\.": "«{name}» là tệp, cần một thư mục.",
    r"\w+ ['\"](?P<name>.*)['\"] is not readable\.": "máy không cho đọc «{name}».",
    r"\w+ ['\"](?P<name>.*)['\"] is not writable\.": "máy không cho ghi «{name}».",
    r"Option '(?P<name>.*)' requires an argument\.": "Sau {name} phải ghi giá trị.",
    r"Option '(?P<name>.*)' requires (?P<count>\d+) arguments\.": "Sau {name} phải ghi {count} giá trị.",
    r"Option '(?P<name>.*)' does not take a value\.": "{name} không có giá trị đi kèm.",
    r"Argument '(?P<name>.*)' takes (?P<count>\d+) values\.": "{name} gồm {count} phần.",
    r"Got unexpected extra arguments? \((?P<extra>.*)\)": "Thừa: {extra}.",
    r"Missing command\.": "Thiếu lệnh.",
}
YES, NO = {"c", "có", "co", "y", "yes"}, {"k", "không", "khong", "n", "no"}


class Formatter(click.HelpFormatter):
    def write_usage(self, prog, args="", prefix=None):
        super().write_usage(prog, args, prefix="Cách dùng: ")

    def write_heading(self, heading):
        super().write_heading(HEADINGS.get(heading, heading))

    def write_dl(self, rows, *args, **kwargs):
        said = [
            (term, text.replace("[default: ", "[mặc định: ").replace("[required]", "[bắt buộc]"))
            for term, text in rows
        ]
        super().write_dl(said, *args, **kwargs)


class Context(click.Context):
    formatter_class = Formatter


class InVietnamese:
    """Mixed into commands and groups."""

    context_class = Context

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("options_metavar", "[TÙY CHỌN]")
        super().__init__(*args, **kwargs)

    def get_help_option(self, ctx):
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "Hiện hướng dẫn này rồi thoát."
        return option


class Command(InVietnamese, click.Command):
    """A subcommand."""


class Group(InVietnamese, click.Group):
    """A command with subcommands."""

    command_class = Command
    group_class = type

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("subcommand_metavar", "LỆNH [THAM SỐ]...")
        super().__init__(*args, **kwargs)


class OnDemand(Mapping):
    """Commands by name, each imported when it is asked for: none needs the libraries of all others."""

    def __init__(self, package: str, modules: Mapping[str, str]):
        self._package, self._modules = package, modules

    def __getitem__(self, name: str) -> click.Command:
        module = f"{self._package}.{self._modules[name]}"
        # The collector would go through all that is being imported again and again, and later through what
        # was: 0.3 s of 2.
        gc.disable()
        try:
            known = vars(import_module(module)).values()
            return next(one for one in known if isinstance(one, click.Command) and one.name == name)
        finally:
            gc.freeze()
            gc.enable()

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


def ask(question: str, default: bool | None = None) -> bool:
    """Ask until yes or no is typed; Enter alone is `default`, where there is one."""
    enter = {None: "", True: ", Enter = có", False: ", Enter = không"}[default]
    while True:
        said = click.prompt(
            f"{question} (c = có, k = không{enter})",
            default=None if default is None else "",
            show_default=False,
        )
        said = unicodedata.normalize("NFC", said).strip().lower()
        if said in YES | NO:
            return said in YES
        if not said and default is not None:
            return default
        click.echo("Mời gõ c (có) hoặc k (không), rồi bấm Enter.")


def ask_or_stop(question: str) -> None:
    """Go on where yes is typed. Raises click.Abort where no is."""
    if not ask(question):
        raise click.Abort


def new_password(question: str) -> str:
    """Ask for a password that is not shown, twice, until both are the same."""
    while True:
        first = click.prompt(question, hide_input=True)
        if click.prompt("Gõ lại mật khẩu", hide_input=True) == first:
            return first
        click.echo("Hai lần gõ không giống nhau. Mời gõ lại từ đầu.")


def explain(error: click.ClickException) -> str:
    """A click error in Vietnamese."""
    message = error.message
    for theirs, ours in SAID.items():
        if found := re.fullmatch(theirs, message):
            message = ours.format(**found.groupdict())
            break
    match error:
        case click.exceptions.NoSuchOption():
            return f"Không có tùy chọn {error.option_name}."
        case click.MissingParameter():
            name = error.param.get_error_hint(error.ctx) if error.param else error.param_hint
            return f"Thiếu {name}."
        case click.BadParameter():
            name = error.param.get_error_hint(error.ctx) if error.param else ""
            return f"Giá trị của {name} không đúng: {message}"
        case click.UsageError() if "No such command" in error.message:
            return "Không có lệnh này."
        case click.FileError():
            return f"Không mở được tệp {error.ui_filename}: {message}"
    return message


def run(command: click.Command) -> None:
    """Run a command and end the process: 0 done, 1 could not, 2 wrongly called."""
    try:
        sys.exit(command.main(standalone_mode=False, prog_name="hocso") or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help())
        sys.exit(2)
    except click.UsageError as error:
        click.echo(f"Lỗi: {explain(error)}", err=True)
        path = error.ctx.command_path if error.ctx else "hocso"
        click.echo(f"Xem cách dùng: {path} --help", err=True)
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"Lỗi: {explain(error)}", err=True)
        sys.exit(1)
    except (KitNotFound, CatalogueError) as error:
        click.echo(f"Lỗi: {error}", err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Đã dừng.", err=True)
        sys.exit(1)
    except Exception as error:
        from hocso.records import RecordsError  # only here: it brings all that records need

        if not isinstance(error, RecordsError):
            raise
        click.echo(f"Lỗi: {error}", err=True)
        sys.exit(1)
