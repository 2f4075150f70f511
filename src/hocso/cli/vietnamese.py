"""click, speaking Vietnamese: headings, help option, and errors that say what to do next."""

import gc
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module

import click

from hocso.course import CatalogueError, KitNotFound

HEADINGS = {"Options": "Tùy chọn", "Commands": "Lệnh", "Positional arguments": "Tham số"}


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


def explain(error: click.ClickException) -> str:
    """A click error in Vietnamese."""
    match error:
        case click.exceptions.NoSuchOption():
            return f"Không có tùy chọn {error.option_name}."
        case click.MissingParameter():
            name = error.param.get_error_hint(error.ctx) if error.param else error.param_hint
            return f"Thiếu {name}."
        case click.BadParameter():
            name = error.param.get_error_hint(error.ctx) if error.param else ""
            return f"Giá trị của {name} không đúng: {error.message}"
        case click.UsageError() if "No such command" in error.message:
            return "Không có lệnh này."
        case click.FileError():
            return f"Không mở được tệp {error.ui_filename}: {error.message}"
    return error.message


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
