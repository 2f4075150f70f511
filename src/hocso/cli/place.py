"""The top of the command line, and where kit, data and database are for all its subcommands."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hocso import __version__
from hocso.course import Catalogue, data_folder, kit_folder, load_catalogue

from .vietnamese import Group

if TYPE_CHECKING:
    from hocso.records import Database


@dataclass
class Place:
    """What a subcommand works on; opened on first use."""

    kit: Path
    data: Path

    @cached_property
    def database(self) -> "Database":
        from hocso.records.database import open_in

        return open_in(self.data)

    @cached_property
    def catalogue(self) -> Catalogue:
        return load_catalogue(self.kit)


with_place = click.make_pass_decorator(Place)


@click.group(cls=Group, no_args_is_help=True)
@click.version_option(__version__, message="Học Số %(version)s", help="Hiện phiên bản rồi thoát.")
@click.pass_context
def hocso(context):
    """Học Số: bộ học Bình dân học vụ số của xã.

    Dữ liệu của xã nằm trong thư mục data (đổi bằng biến môi trường HOCSO_DATA).
    """
    kit = kit_folder()
    context.obj = Place(kit, data_folder(kit))
